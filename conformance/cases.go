package conformance

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// Times. They are long for what is waited for, which takes microseconds, and a call
// that hangs takes the first two, so that they fit into Limit.
const (
	callLimit  = 1500 * time.Millisecond // after this, a call hangs
	aliveLimit = 500 * time.Millisecond  // after this, an owner is dead
	settling   = 100 * time.Millisecond  // for what no library lets one wait for
)

// A Case is one thing that happens to a caller.
type Case struct {
	Name    string // for the command line
	Title   string // the column of the table
	Revives bool   // it asks whether the owner lives on
	observe func(Owner) Class
}

// Cases returns the cases in the order of the table.
func Cases() []Case {
	return []Case{
		{"panic", "the handler panics", true, handlerPanics},
		{"goexit", "the handler calls Goexit", true, handlerExits},
		{"self", "the handler calls its own owner", true, handlerCallsItself},
		{"queued", "the owner stops, the call is queued", false, queuedAtStop},
		{"late", "the call comes after the stop", false, calledAfterStop},
	}
}

// An ownError is what the handler panics with.
type ownError struct{}

func (*ownError) Error() string { return "the handler's own error" }

func handlerPanics(o Owner) Class {
	r := await(o, func(context.Context) { panic(&ownError{}) })
	if err, _ := r.panicked.(error); errors.As(err, new(*ownError)) {
		return Raised
	}
	return r.class()
}

func handlerExits(o Owner) Class {
	return await(o, func(context.Context) { runtime.Goexit() }).class()
}

// handlerCallsItself looks at the inner call: whether it runs, and what it says.
func handlerCallsItself(o Owner) Class {
	var ran atomic.Bool
	inner := make(chan error, 1)
	outer := await(o, func(ctx context.Context) {
		inner <- o.Call(ctx, func(context.Context) { ran.Store(true) })
	})
	select {
	case err := <-inner:
		return told(err, &ran)
	case <-time.After(callLimit / 10):
	}
	if outer.how == waits || outer.how == timedOut {
		return Hangs
	}
	return outer.class()
}

func queuedAtStop(o Owner) Class {
	if o.Stop == nil {
		return Without
	}
	started, freed := make(chan struct{}), make(chan struct{})
	go func() { _ = o.Call(context.Background(), func(context.Context) { close(started); <-freed }) }()
	<-started
	var ran atomic.Bool
	queued := begin(o, func(context.Context) { ran.Store(true) })
	// No library tells when a call has been queued or a stop has begun.
	time.Sleep(settling)
	go o.Stop()
	time.Sleep(settling)
	close(freed)
	return late(<-queued, &ran)
}

func calledAfterStop(o Owner) Class {
	if o.Stop == nil {
		return Without
	}
	o.Stop()
	var ran atomic.Bool
	return late(await(o, func(context.Context) { ran.Store(true) }), &ran)
}

// late says what became of a call that came when its owner stopped.
func late(r result, ran *atomic.Bool) Class {
	switch r.how {
	case returned:
		return told(r.err, ran)
	case panicked:
		return Thrown
	default:
		return r.class()
	}
}

// told compares what a caller was told with whether the handler has run, or still
// does, now that the caller has gone.
func told(err error, ran *atomic.Bool) Class {
	if err != nil {
		time.Sleep(settling)
	}
	switch {
	case err == nil && ran.Load():
		return Ran
	case err == nil:
		return Lost
	case ran.Load():
		return Later
	case errors.Is(err, errTimeout):
		return TimeOut
	default:
		return Refused
	}
}
