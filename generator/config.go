package generator

// Config says what to generate from. The zero value means the package in the
// current directory, with the environment of the process.
type Config struct {
	// Dir is the working directory: patterns are relative to it, and so are
	// the paths of a diff. Empty means the current directory.
	Dir string
	// Env is the environment of the go command. Nil means os.Environ().
	Env []string
	// Patterns name packages as the go command does. Empty means ".".
	Patterns []string
	// Tags is a comma-separated list of build tags. It matters to the
	// verifying type check alone: generation reads every file whatever its
	// build constraints say.
	Tags string
	// NoVerify turns the verifying type check off.
	NoVerify bool
	// Overlay maps absolute paths to contents that win over the disk.
	Overlay map[string][]byte
	// Memory is a directory of asyncgen's own, in which to remember between runs
	// where the go command keeps the export data of the standard library, so
	// that it need not be asked again. It is created when needed, the one above it
	// is not. Empty means that nothing is remembered.
	Memory string
}
