package loop

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// ErrPending is returned by [Future.Result] before the future has settled.
var ErrPending = errors.New("the future has not settled")

// A Future is the result of a task that its submitter does not wait for. It
// settles exactly once, and may be awaited by any number of goroutines, any
// number of times.
//
// A future may be dropped: nothing is kept for it beyond its task. The handler's
// panic is not lost with it: when the garbage collector finds that nobody can
// ask for the result any more, the panic goes where that of a spawned handler
// goes, to the loop's panic handler or, if there is none, to the end of the
// process. That happens in a goroutine of its own, and outside of a synctest
// bubble.
type Future[T any] struct {
	stop func() bool // ends the watch over the caller's context; may be nil

	mu      sync.Mutex
	settled bool
	done    chan struct{} // made by the first who asks for it; closed when settled
	waiters map[*waiter]struct{}
	outcome outcome[T]
}

// An outcome is how an asynchronous task ended.
type outcome[T any] struct {
	out     T
	err     error       // the handler's
	refusal error       // why the handler did not run, or nil
	ending  ending      // how the handler ended, if it ran
	failure *PanicError // what it panicked with
	seen    *atomic.Bool
}

// A waiter waits for several futures: it gets the index of each that settles. The
// channel has room for all of them.
type waiter struct {
	settled chan int
	index   int
}

// newFuture returns a future that is not settled.
func newFuture[T any]() *Future[T] { return new(Future[T]) }

// settle sets the outcome. Whoever calls it has decided the task's state.
func (f *Future[T]) settle(l *Loop, o outcome[T]) {
	if f.stop != nil {
		f.stop()
	}
	if o.failure != nil {
		o.seen = new(atomic.Bool)
		runtime.AddCleanup(f, func(o outcome[T]) { l.dropped(o.failure, o.seen) }, outcome[T]{failure: o.failure, seen: o.seen})
	}
	f.set(o)
}

// dropped handles a panic whose future was dropped. The garbage collector calls it.
func (l *Loop) dropped(failure *PanicError, seen *atomic.Bool) {
	switch {
	case seen.Load():
	case l.panicHandler != nil:
		go l.panicHandler(failure)
	default:
		go panic(failure)
	}
}

// set is settle for the watch over the context, which is over when it calls.
func (f *Future[T]) set(o outcome[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outcome, f.settled = o, true
	if f.done != nil {
		close(f.done)
	}
	for w := range f.waiters {
		w.settled <- w.index
	}
	f.waiters = nil
}

// add lets w know when the future settles, or that it has.
func (f *Future[T]) add(w *waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.settled {
		w.settled <- w.index
		return
	}
	if f.waiters == nil {
		f.waiters = make(map[*waiter]struct{})
	}
	f.waiters[w] = struct{}{}
}

func (f *Future[T]) remove(w *waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiters, w)
}

// Done returns a channel that is closed when the future has settled.
func (f *Future[T]) Done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		f.done = make(chan struct{})
		if f.settled {
			close(f.done)
		}
	}
	return f.done
}

// isSettled reports whether the future has settled.
func (f *Future[T]) isSettled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settled
}

// Await waits for the future to settle and returns the handler's results, or an
// [*Error] if the handler did not run. If the handler panicked, Await panics with
// its [*PanicError]; if it called [runtime.Goexit], so does Await.
//
// If ctx ends first, Await returns [context.Cause] of it; the task goes on and
// the future can be awaited again. In a handler, with the handler's context,
// Await lets other handlers run meanwhile, as the function [Await] does, so it may
// wait for a task of its own loop.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	if f.isSettled() {
		return f.result()
	}
	if _, err := awaitValue(ctx, f.Done()); err != nil {
		var none T
		return none, err
	}
	return f.result()
}

// awaitValue receives from c, or returns the cause if ctx ends first. A handler gives
// up the loop role meanwhile.
func awaitValue[S any](ctx context.Context, c <-chan S) (S, error) {
	return Await(ctx, func(ctx context.Context) (S, error) { return receive(ctx, c) })
}

// receive receives from c, or returns the cause if ctx ends first.
func receive[S any](ctx context.Context, c <-chan S) (S, error) {
	select {
	case v := <-c:
		return v, nil
	case <-ctx.Done():
		var none S
		return none, context.Cause(ctx)
	}
}

// Result is Await for those who do not want to wait: before the future has settled
// it returns [ErrPending].
func (f *Future[T]) Result() (T, error) {
	if !f.isSettled() {
		var none T
		return none, ErrPending
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
		o.seen.Store(true)
		o.failure.raise()
	case o.ending == endGoexit:
		runtime.Goexit()
	}
	return o.out, o.err
}
