package generator

import (
	"errors"
	"go/token"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/outfile"
)

// Diagnostic is one problem in the user's code: its position, a code that is
// explained in docs/diagnostics.md, and a hint.
type Diagnostic = diag.Diagnostic

// An OutsideError is a package that a pattern matches, but that lies outside of the main module
// or workspace: in the module cache, in the standard library, in a vendor directory or in
// another module. Nothing is ever generated there.
type OutsideError = load.OutsideError

// Vendoring lists the packages of the runtime that generated code imports and that a
// vendor directory lacks, with the command that completes the directory.
type Vendoring = load.Vendoring

// State is the state of a generated file on disk, compared with the right content.
type State int

// The states of a generated file.
const (
	Current  State = iota + 1 // on disk and right
	Stale                     // on disk with other content
	Missing                   // not on disk
	Orphaned                  // on disk, and nothing needs it any more
)

// String returns the lower-case name of the state.
func (s State) String() string {
	switch s {
	case Current:
		return "current"
	case Stale:
		return "stale"
	case Missing:
		return "missing"
	case Orphaned:
		return "orphaned"
	}
	return "unknown"
}

// File is one generated file that exists or should exist.
type File struct {
	Path    string // absolute
	Package string // import path
	State   State
	Old     []byte // content on disk, nil if Missing
	New     []byte // right content, nil if Orphaned
}

// Remote is the name of a handler on the wire, with the options that both ends share.
type Remote struct {
	Service string // "example_com/shop/Quotes"
	Method  string // "Price"
	Serial  bool
	Spawn   bool
}

// Handler is one directive over one function, and the function generated for it.
type Handler struct {
	Pos       token.Position // the function's name
	Package   string         // import path
	Name      string         // "Account.Deposit", "Get"
	Mode      string         // "bridge", "async", "spawn", "remote"
	Generated string         // the generated function's name, "DepositOnLoop"
	Loop      string         // the loop expression
	Remote    *Remote        // of mode "remote"
}

// Result is the answer of [Generate]. Nothing has been written.
type Result struct {
	Files       []File       // sorted by path
	Handlers    []Handler    // sorted by position
	Diagnostics []Diagnostic // sorted by position
	// Vendoring is set if generated code imports packages that the vendor directory lacks.
	// The program does not compile before the directory is complete.
	Vendoring *Vendoring

	dir      string // base of the paths in a diff
	rendered int    // packages that did not come from the cache
}

// Write makes the disk agree with the result: it writes files that are missing or
// stale and removes orphaned ones, each file atomically, and returns the files
// that it touched. Packages that have diagnostics are left alone. It goes on after
// a failure, and returns all failures.
func (r *Result) Write() ([]File, error) {
	var (
		touched []File
		errs    []error
	)
	for _, f := range r.Stale() {
		if err := r.apply(f); err != nil {
			errs = append(errs, err)
			continue
		}
		touched = append(touched, f)
	}
	return touched, errors.Join(errs...)
}

func (r *Result) apply(f File) error {
	if f.State == Orphaned {
		return outfile.Remove(f.Path)
	}
	return outfile.Write(f.Path, f.New)
}

// Stale returns the files that [Result.Write] would touch: all that are not
// current, in packages without diagnostics.
func (r *Result) Stale() []File {
	broken := map[string]bool{}
	for _, d := range r.Diagnostics {
		broken[d.Package] = true
	}
	var files []File
	for _, f := range r.Files {
		if f.State != Current && !broken[f.Package] {
			files = append(files, f)
		}
	}
	return files
}

// Diff returns a unified diff from the content on disk to the right content. It
// covers the files of [Result.Stale].
func (r *Result) Diff() []byte {
	var out []byte
	for _, f := range r.Stale() {
		name := f.Path
		if rel, err := filepath.Rel(r.dir, f.Path); err == nil {
			name = rel
		}
		name = filepath.ToSlash(name)
		from, to := "a/"+name, "b/"+name
		switch f.State {
		case Missing:
			from = "/dev/null"
		case Orphaned:
			to = "/dev/null"
		}
		out = append(out, diff.Diff(from, f.Old, to, f.New)...)
	}
	return out
}
