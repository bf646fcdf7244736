package about

// These have tests of their own.
var (
	ModuleVersion = moduleVersion
	ReleaseOf     = release
)
