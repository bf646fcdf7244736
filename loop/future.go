package loop

import (
	"context"
	"runtime"
)

// A Future is the result of a task that its submitter does not wait for. It
// settles exactly once, and may be awaited by any number of goroutines, any
// number of times.
type Future[T any] struct {
	done    chan struct{} // closed when result is set
	stop    func() bool   // ends the watch over the caller's context; may be nil
	outcome outcome[T]
}

// An outcome is how an asynchronous task ended.
type outcome[T any] struct {
	out     T
	err     error       // the handler's
	refusal error       // why the handler did not run, or nil
	ending  ending      // how the handler ended, if it ran
	failure *PanicError // what it panicked with
}

// newFuture returns a future that is not settled.
func newFuture[T any]() *Future[T] { return &Future[T]{done: make(chan struct{})} }

// settle sets the outcome. Whoever calls it has decided the task's state.
func (f *Future[T]) settle(o outcome[T]) {
	if f.stop != nil {
		f.stop()
	}
	f.set(o)
}

// set is settle for the watch over the context, which is over when it calls.
func (f *Future[T]) set(o outcome[T]) {
	f.outcome = o
	close(f.done)
}

// Done returns a channel that is closed when the future has settled.
func (f *Future[T]) Done() <-chan struct{} { return f.done }

// Await waits for the future to settle and returns the handler's results, or an
// [*Error] if the handler did not run. If the handler panicked, Await panics with
// its [*PanicError]; if it called [runtime.Goexit], so does Await.
//
// If ctx ends first, Await returns [context.Cause] of it; the task goes on and
// the future can be awaited again. In a handler, with the handler's context,
// Await lets other handlers run meanwhile, as the function [Await] does, so it may
// wait for a task of its own loop.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	select {
	case <-f.done:
		return f.result()
	default:
	}
	_, err := Await(ctx, func(ctx context.Context) (struct{}, error) {
		select {
		case <-f.done:
			return struct{}{}, nil
		case <-ctx.Done():
			return struct{}{}, context.Cause(ctx)
		}
	})
	if err != nil {
		var none T
		return none, err
	}
	return f.result()
}

// result returns the outcome in the way a blocked caller gets it.
func (f *Future[T]) result() (T, error) {
	o := &f.outcome
	switch {
	case o.refusal != nil:
		return o.out, o.refusal
	case o.ending == endPanic:
		o.failure.raise()
	case o.ending == endGoexit:
		runtime.Goexit()
	}
	return o.out, o.err
}
