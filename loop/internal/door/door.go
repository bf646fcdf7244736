// Package door has the types that package loop and package loopimpl have in common, and that
// programs cannot name. The functions that generated code calls are in loopimpl, where they may
// change with the generator; the scheduler is in loop. Types instead of function variables join
// the two, because an indirect call costs a caller about 2 ns of the 40 of a call on an inline loop.
package door

import (
	"context"
	"sync/atomic"
)

// A Named is something that runs a handler, and says which.
type Named interface {
	// Name returns the name of the handler, "bank.Account.Deposit".
	Name() string
	// Position returns where its code begins, "account.go:12", or "".
	Position() string
}

// A Body is the typed part of a task: arguments, results and how to run them. Types of package
// loopimpl embed [Sealed].
type Body interface {
	Named
	// Run calls the handler and keeps its results.
	Run(ctx context.Context)
	// Err returns the error of the handler, after Run.
	Err() error
	// Where is Position as it can be read at any time, also while the body is in use for
	// another call of the same handler; empty if it cannot.
	Where() string

	sealed()
}

// Sealed makes a type that embeds it a [Body].
type Sealed struct{}

func (Sealed) sealed() {}

var _ interface{ sealed() } = Sealed{}

// A Mode has the arguments of a bridge's directive.
type Mode struct {
	Abandon      bool // leave a running handler when the context ends
	NonReentrant bool // refuse a call from a handler of the same loop
	InPlace      bool // callers do not know that there is a bridge
	Stays        bool // the end of the context is the handler's to notice: no error can tell the caller
}

// A Producer describes the handler of a stream.
type Producer struct {
	Named
	NonReentrant bool
	Chunk        int // how many elements travel together at most; 0 means the default
}

// A Flow is the part of a stream that depends on the type of its elements. The compiler
// translates it again for each type.
type Flow interface {
	// Produce runs the producer. It keeps x, which is the stream's.
	Produce(ctx context.Context, x *Exchange)
	// Consume gives the elements that have arrived to the loop body, and reports whether that
	// wants more. Those of the last chunk need no handing over, because the producer is gone.
	Consume(last bool) bool
	// HandOver gives the chunk that is complete to the consumer.
	HandOver()
	// Pending reports whether the producer has begun a chunk.
	Pending() bool
}

// An Exchange is the part of a stream that each element passes by.
type Exchange struct {
	// Left reports whether the consumer has left the loop body.
	Left atomic.Bool
	// Over reports whether yield has returned false, or the producer has ended.
	Over atomic.Bool
	// Size is when the producer's chunk is complete. It is the producer's.
	Size int
	// InPlace reports whether the producer runs in the consumer's goroutine.
	InPlace bool
	// Chunks delivers a chunk of full size, and reports whether the consumer wants another.
	Chunks interface{ Complete() bool }
	// Name is the name of the handler.
	Name string
}

// Check panics, as a loop over a function does, if the producer calls yield after it has
// returned false or the producer has ended.
func (x *Exchange) Check() {
	if x.Over.Load() {
		panic("loop: " + x.Name + " called yield after the end of its stream")
	}
}

// End makes the next yield panic. It returns false, as the last yield does.
func (x *Exchange) End() bool {
	x.Over.Store(true)
	return false
}
