package generator

import "github.com/asyncgen/asyncgen/internal/load"

// Config is the input of [Generate] and [MakeBuildOverlay]. The zero value means the package in
// the current directory, with the environment of the process. Neither function changes it, and
// one Config may serve several calls at the same time.
type Config struct {
	// Dir is the working directory: patterns are relative to it, and so are
	// the paths of a diff. Empty means the current directory.
	Dir string
	// Env is the environment of the go command. Nil means os.Environ().
	Env []string
	// Patterns name packages as the go command does. Empty means ".".
	Patterns []string
	// Tags is a comma-separated list of build tags. It matters to the
	// verifying type check alone: generation reads every file, whatever its
	// build constraints are.
	Tags string
	// SkipVerify turns the verifying type check off.
	SkipVerify bool
	// Overlay maps absolute paths to contents that win over the disk.
	Overlay map[string][]byte
	// CacheDir is a directory of asyncgen's own that keeps results between runs: which packages
	// are current, and where the go command keeps the export data of the standard
	// library. Nothing in it is necessary, and every entry is checked against the contents of the
	// files. The directory is created when needed, the one above it is not. Empty means no cache.
	CacheDir string
	// Progress is called at the beginning of each step that may take noticeable time, and
	// whenever a part of one is done. Several goroutines may call it at the same time. It may be nil.
	Progress func(Progress)
}

// Progress is a step of a run, with a count of its parts.
type Progress struct {
	Step string // such as "listing packages"
	// Done and Total count the parts of the step. Total is zero if there are none.
	Done, Total int
}

// String returns the step and its count, such as "generating (3 of 20)".
func (p Progress) String() string { return load.Progress(p).String() }
