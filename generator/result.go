package generator

import (
	"errors"
	"go/token"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/outfile"
)

// An OutsideError is a package that a pattern matches, but that lies outside of the main module
// or workspace: in the module cache, in the standard library, in a vendor directory or in
// another module. Nothing is ever generated there.
type OutsideError struct {
	Package string // import path
	Dir     string // absolute
	Reason  string // such as "it belongs to the standard library"
}

func (e *OutsideError) Error() string { return (*load.OutsideError)(e).Error() }

// Vendoring lists the packages of the runtime that generated code imports and that a
// vendor directory lacks, with the command that completes the directory.
type Vendoring struct {
	Missing []string // import paths, sorted
	Command string   // completes the vendor directory
	// Unverified is set if the packages are not in the module cache either. Generated code
	// that imports them is not type-checked then, apart from its own declarations.
	Unverified bool
}

// State is the state of a generated file on disk, compared with the right content. The zero
// value is no state.
type State int

// The states of a generated file.
const (
	StateCurrent  State = iota + 1 // on disk and right
	StateStale                     // on disk with other content
	StateMissing                   // not on disk
	StateOrphaned                  // on disk, and nothing needs it any more
)

// String returns the lower-case name of the state.
func (s State) String() string {
	switch s {
	case StateCurrent:
		return "current"
	case StateStale:
		return "stale"
	case StateMissing:
		return "missing"
	case StateOrphaned:
		return "orphaned"
	}
	return "unknown"
}

// File is one generated file that exists or should exist.
type File struct {
	Path    string // absolute
	Package string // import path
	State   State
	Old     []byte // content on disk, nil if StateMissing
	New     []byte // right content, nil if StateOrphaned
}

// Remote is the name of a handler on the wire, with the options that both ends share.
type Remote struct {
	Service string // "example_com/shop/Quotes"
	Method  string // "Price"
	Serial  bool
	Durable bool
}

// Mode is the kind of a generated function: the name of the directive. Later versions may have
// more of them.
type Mode string

// The modes.
const (
	ModeBridge Mode = "bridge"
	ModeAsync  Mode = "async"
	ModeSpawn  Mode = "spawn"
	ModeRemote Mode = "remote"
)

// Handler is one directive over one function, and the function generated for it.
type Handler struct {
	Pos       token.Position // the function's name
	Package   string         // import path
	Name      string         // "Account.Deposit", "Get"
	Mode      Mode
	Generated string // the generated function's name: "DepositOnLoop", "AccountOnLoop.Deposit"
	Front     string // the generated type that has it as a method: "AccountOnLoop"; else empty
	// Loop is the loop, an expression in the scope of the handler's signature, as the source
	// spells it. It is empty if the program gives the loop to a generated function: GivenTo.
	Loop    string
	GivenTo string  // the function that takes the loop: "NewAccountOnLoop"
	Key     string  // what chooses among the loops of a *loop.Sharded, as in key=; or empty
	Remote  *Remote // of ModeRemote, else nil
}

// Result is the answer of [Generate]. Nothing has been written. It belongs to the caller.
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
	if f.State == StateOrphaned {
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
		if f.State != StateCurrent && !broken[f.Package] {
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
		case StateMissing:
			from = "/dev/null"
		case StateOrphaned:
			to = "/dev/null"
		}
		out = append(out, diff.Diff(from, f.Old, to, f.New)...)
	}
	return out
}
