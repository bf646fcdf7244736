package cli

import (
	"flag"
	"io"

	"github.com/asyncgen/asyncgen/generator"
)

// Unexported functions that have tests of their own.
var (
	CacheDir   = cacheDir
	Invocation = invocation
	Quote      = quote
)

// FlagNames returns the names of all flags.
func FlagNames() []string {
	var names []string
	new(options).flagSet().VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// StartProgress begins to show progress, and returns the functions that report a step and that end it.
func StartProgress(out io.Writer, terminal, verbose bool) (report func(generator.Progress), end func()) {
	p := run{Process: Process{Stderr: out, Terminal: terminal}, Generate: Generate{Verbose: verbose}}.startProgress()
	return p.report(), p.end
}
