package conformance

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// Times. The events take microseconds, so these are long. A call that hangs takes the first two,
// which together are below Limit.
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

// An ownError is the panic value of the handler.
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

// handlerCallsItself classifies the inner call by whether it runs and by its error.
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
	// No library signals that a call has been queued or a stop has begun.
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

// late classifies a call that came during or after the stop of its owner.
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

// told compares the result of a call with whether the handler has run, or still runs, after the
// call has returned.
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
