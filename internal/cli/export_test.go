package cli

import "flag"

// Unexported functions that have tests of their own.
var (
	CacheDir      = cacheDir
	Invocation    = invocation
	ManualText    = manualText
	ModuleVersion = moduleVersion
	Quote         = quote
)

// FlagNames returns the names of all flags.
func FlagNames() []string {
	var names []string
	new(options).flagSet().VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}
