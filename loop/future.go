package loop

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// ErrPending is returned by [Future.Result] before the future has settled.
var ErrPending = errors.New("the future has not settled")

// A Future is the result of a task that its submitter does not wait for. It
// settles exactly once, and may be awaited by any number of goroutines, any
// number of times.
//
// The methods of a nil Future and of the zero value panic. Futures come from [Async],
// [NewFuture] and generated code.
//
// A future may be dropped: nothing is kept for it beyond its task. The handler's panic is not
// lost with it: when the garbage collector finds that the result cannot be read any more, the
// panic goes where that of a spawned handler goes, to the loop's panic handler or, if there is
// none, to the end of the process. That happens in a goroutine of its own, and outside of a
// synctest bubble.
type Future[T any] struct {
	core   future
	source source[T] // nil if there is no result but an error
}

// NewFuture returns a future and the function that settles it, for a result that comes from
// elsewhere: a callback, a promise of an embedded VM, a batch. The first call of settle sets the
// outcome of the future; later ones have no effect. Any goroutine may call it. A future whose
// settle function is never called never settles.
//
// A handler may await the future, with its context, and lets other handlers run meanwhile. With
// another context it keeps the loop, and settle must not depend on one of the loop's handlers.
func NewFuture[T any]() (f *Future[T], settle func(T, error)) {
	p := new(promised[T])
	p.future.core.promise, p.future.source = true, p
	return &p.future, p.settle
}

// A promised is a future and the result that its owner gives it.
type promised[T any] struct {
	future Future[T]
	once   sync.Once
	out    T
}

// Result implements the source of the future.
func (p *promised[T]) Result() T { return p.out }

func (p *promised[T]) settle(out T, err error) {
	p.once.Do(func() {
		p.out = out
		p.future.core.settle(outcome{err: err})
	})
}

// require panics, in the name of method, if f can never settle.
func (f *Future[T]) require(method string) {
	if f == nil {
		panic("loop: " + method + " of a nil future")
	}
	f.core.require(method)
}

func (f *future) require(method string) {
	if f.loop == nil && !f.promise && !f.isSettled() {
		panic("loop: " + method + " of a zero future, which never settles")
	}
}

// A source has the result of a future. It is read after the future has settled.
type source[T any] interface{ Result() T }

// A future is the part of a [Future] that does not depend on the type of the result. The
// compiler translates the other part again for each type and each package.
type future struct {
	loop *Loop
	task *task // nil if the loop did not take it

	promise bool // made by NewFuture; never changes

	mu      sync.Mutex
	settled bool
	done    chan struct{} // made by the first who asks for it; closed when settled
	waiters map[*waiter]struct{}
	outcome outcome
}

// An outcome is how an asynchronous task ended.
type outcome struct {
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

// settle sets the outcome. Its caller has decided the task's state.
func (f *future) settle(o outcome) {
	l := f.loop
	if o.failure != nil {
		o.seen = new(atomic.Bool)
		runtime.AddCleanup(f, func(o outcome) { l.dropped(o.failure, o.seen) }, outcome{failure: o.failure, seen: o.seen})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outcome, f.settled, f.task = o, true, nil
	if f.done != nil {
		close(f.done)
	}
	for w := range f.waiters {
		w.settled <- w.index
	}
	f.waiters = nil
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

// add signals w when the future settles, or at once if it has.
func (f *future) add(w *waiter) {
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

func (f *future) remove(w *waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiters, w)
}

// Done returns a channel that is closed when the future has settled.
func (f *Future[T]) Done() <-chan struct{} {
	f.require("Done")
	return f.core.closes()
}

func (f *future) closes() <-chan struct{} {
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
func (f *future) isSettled() bool {
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
// wait for a task of its own loop. With another context it keeps the loop, and returns a
// [*DeadlockError] if the task could never run then.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	f.require("Await")
	if err := f.core.await(ctx); err != nil {
		var none T
		return none, err
	}
	return f.result()
}

func (f *future) await(ctx context.Context) error {
	if f.isSettled() {
		return nil
	}
	_, err := awaitValue(ctx, f.closes(), f)
	return err
}

// A pending is one or more futures that a goroutine waits for.
type pending interface {
	// wait returns the edge of a future that has not settled, if there is one.
	wait() (edge waitEdge, ok bool)
}

// wait returns the edge of the wait for f, if f has not settled.
func (f *future) wait() (edge waitEdge, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.settled || f.task == nil {
		return waitEdge{}, false
	}
	return waitEdge{kind: WaitResult, target: f.loop, task: f.task}, true
}

// awaitValue receives from c, or returns the cause if ctx ends first. A handler gives
// up the loop role meanwhile.
func awaitValue[S any](ctx context.Context, c <-chan S, p pending) (S, error) {
	return AwaitValue(ctx, func(ctx context.Context) (S, error) { return receiveNoted(ctx, c, p) })
}

// receiveNoted is receive, and notes the wait in the graph if the calling goroutine runs
// handlers whose roles it has not given up.
func receiveNoted[S any](ctx context.Context, c <-chan S, p pending) (S, error) {
	edge, ok := p.wait()
	if !ok || !holdsRole(ctx, edge.target) {
		return receive(ctx, c)
	}
	edge.drain = make(chan error, 1)
	w := beginWait(ctx, edge)
	if w == nil {
		w = w.search(edge, true)
	}
	defer w.end()
	var none S
	select {
	case v := <-c:
		return v, nil
	case err := <-edge.drain:
		return none, err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// holdsRole reports whether the calling goroutine runs a handler, as far as its context and
// the goroutine show: of l, or of any loop.
func holdsRole(ctx context.Context, l *Loop) bool {
	me := goroutine.Current()
	if l.role.heldBy(me) || workers.find(me) != nil {
		return true
	}
	c := currentContext(ctx)
	return c != nil && c.runningOn(me) != nil
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

// Result is Await without waiting: before the future has settled it returns [ErrPending].
func (f *Future[T]) Result() (T, error) {
	f.require("Result")
	if !f.core.isSettled() {
		var none T
		return none, ErrPending
	}
	return f.result()
}

// result returns the outcome in the way a blocked caller gets it.
func (f *Future[T]) result() (out T, err error) {
	err = f.core.end()
	if f.source != nil {
		out = f.source.Result()
	}
	return out, err
}

// end is result without the handler's results.
func (f *future) end() error {
	o := &f.outcome
	switch {
	case o.refusal != nil:
		return o.refusal
	case o.ending == endPanic:
		o.seen.Store(true)
		o.failure.raise()
	case o.ending == endGoexit:
		runtime.Goexit()
	}
	return o.err
}

// All waits for all futures and returns their results in the order of the
// arguments. As soon as one of them has an error, All returns that error, and no
// results; a panic or [runtime.Goexit] goes on in the caller as with
// [Future.Await]. The tasks of the other futures go on in any case.
//
// If ctx ends first, All returns [context.Cause] of it. In a handler it gives up
// the loop role meanwhile, as Future.Await does. It panics if a future is nil or the zero value.
func All[T any](ctx context.Context, futures ...*Future[T]) ([]T, error) {
	results := make([]T, len(futures))
	cores := coresOf("All", futures)
	watch, end := watchAll(cores)
	defer end()
	for range futures {
		i, err := next(ctx, watch, group(cores))
		if err == nil {
			results[i], err = futures[i].result()
		}
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// First waits for the first of the futures to settle and returns its outcome as [Future.Await]
// does. If some have settled already, it takes the first in the order of the arguments. The
// tasks of the others go on, and their futures can be awaited.
//
// If ctx ends first, First returns [context.Cause] of it. In a handler it gives up the loop
// role meanwhile, as Future.Await does. It panics if there are no futures, or a future is nil
// or the zero value.
func First[T any](ctx context.Context, futures ...*Future[T]) (T, error) {
	if len(futures) == 0 {
		panic("loop: First needs a future")
	}
	cores := coresOf("First", futures)
	watch, end := watchAll(cores)
	defer end()
	i, err := next(ctx, watch, first(cores))
	if err != nil {
		var none T
		return none, err
	}
	return futures[i].result()
}

// A group is the futures that All waits for: any of them may be in the way.
type group []*future

func (g group) wait() (edge waitEdge, ok bool) {
	for _, f := range g {
		if edge, ok = f.wait(); ok && edge.target.role.heldBy(goroutine.Current()) {
			return edge, ok
		}
	}
	for _, f := range g {
		if edge, ok = f.wait(); ok {
			return edge, ok
		}
	}
	return edge, false
}

// A first is the futures that First waits for: a wait is hopeless only if all of them are
// in the queue of one loop.
type first []*future

func (g first) wait() (edge waitEdge, ok bool) {
	for _, f := range g {
		next, pending := f.wait()
		if !pending || next.task.state.Load() != taskQueued || ok && next.target != edge.target {
			return waitEdge{}, false
		}
		edge, ok = next, true
	}
	return edge, ok
}

// coresOf returns the futures without their types. It panics, in the name of caller, if one of
// them is nil or the zero value.
func coresOf[T any](caller string, futures []*Future[T]) []*future {
	cores := make([]*future, len(futures))
	for i, f := range futures {
		if f == nil {
			panic(fmt.Sprintf("loop: %s of a nil future (number %d of %d)", caller, i+1, len(futures)))
		}
		f.core.require(caller)
		cores[i] = &f.core
	}
	return cores
}

// watchAll returns a channel that receives the index of each future once that has settled, and
// a function that ends the watch.
func watchAll(futures []*future) (settled <-chan int, end func()) {
	c := make(chan int, len(futures))
	waiters := make([]*waiter, len(futures))
	for i, f := range futures {
		waiters[i] = &waiter{settled: c, index: i}
		f.add(waiters[i])
	}
	return c, func() {
		for i, f := range futures {
			f.remove(waiters[i])
		}
	}
}

// next returns the index of the next future that has settled. It waits only if there
// is none, so as not to give up the loop role for nothing.
func next(ctx context.Context, settled <-chan int, p pending) (int, error) {
	select {
	case i := <-settled:
		return i, nil
	default:
		return awaitValue(ctx, settled, p)
	}
}
