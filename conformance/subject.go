package conformance

import (
	"context"
	"errors"
)

// An Owner runs handlers for callers that wait.
type Owner struct {
	// Call runs fn on the owner and returns when that is over, by the caller's
	// best knowledge. A handler that calls its own owner passes its context on.
	Call func(ctx context.Context, fn func(context.Context)) error
	// Stop ends the owner in the library's way that lets accepted work run, if it
	// has one. It is nil if there is nothing to stop.
	Stop func()
}

// A Subject is a library, or one way to use it.
type Subject struct {
	Name   string // "ants", the row of the table
	Module string // the module whose version stands in the table
	Idiom  string // the calls that a user makes, for the table
	Start  func() Owner
}

// Subjects returns all subjects in the order of the table. The ones of asyncgen come
// first.
func Subjects() []Subject {
	return append(asyncgen(), goja(), gojaTerminate(), ants(), pond(), workers(), protoactor(),
		wait(), flight(), concurrent())
}

// asyncgenModule is the module of the subjects that must pass.
const asyncgenModule = "github.com/asyncgen/asyncgen"

// Ours reports whether the subject is asyncgen's.
func (s Subject) Ours() bool { return s.Module == asyncgenModule }

// errTimeout is the error of a call that has reached its time limit.
var errTimeout = errors.New("timeout")
