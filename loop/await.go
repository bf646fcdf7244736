package loop

import (
	"context"
	"runtime"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// Await runs fn while other handlers run on the loop. The handler that calls it gives up the
// loop role, and takes it back, in line with others, before Await returns. So other handlers
// may see the state that the handler had half changed, and may change the state that it had
// read. This is await in Python and reentrancy in Swift.
//
// ctx must be the handler's context or one derived from it. Outside of the goroutine of a
// running handler, Await just calls fn. fn runs in the calling goroutine, or, on a loop with a
// thread of its own, in another; it gets ctx, and must not touch the loop's state. A call of a
// bridge of the same loop from fn is queued like any other. On a loop with a thread of its
// own, Await returns [ErrCannotAwait], and does not call fn, if C code on the stack has called
// the handler back.
//
// A panic or [runtime.Goexit] of fn goes on in the handler, after the role has
// come back. If ctx ends, fn is expected to return; Await does not leave it.
func Await(ctx context.Context, fn func(context.Context) error) error {
	if fn == nil {
		panicNilFunc("Await")
	}
	t := awaitingTask(ctx)
	if t == nil {
		return fn(ctx)
	}
	return t.await(ctx, fn)
}

// await is Await for the calling goroutine, which is executing the handler of t.
func (t *task) await(ctx context.Context, fn func(context.Context) error) error {
	if t.co == nil && t.loop.home != nil {
		return errAtHome
	}
	if t.co != nil {
		_, err := awaitHosted(ctx, t, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
		return err
	}
	t.yieldRole()
	defer t.regainRole()
	return fn(ctx)
}

// AwaitValue is [Await] for a function with a result.
func AwaitValue[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	if fn == nil {
		panicNilFunc("AwaitValue")
	}
	t := awaitingTask(ctx)
	switch {
	case t == nil:
		return fn(ctx)
	case t.co != nil:
		return awaitHosted(ctx, t, fn)
	case t.loop.home != nil:
		var none T
		return none, errAtHome
	}
	t.yieldRole()
	defer t.regainRole()
	return fn(ctx)
}

// awaitingTask returns the task whose handler the calling goroutine is executing, with the
// role of the loop that ctx belongs to, or nil.
func awaitingTask(ctx context.Context) *task {
	c := currentContext(ctx)
	if c == nil || !c.loop.role.heldBy(goroutine.Current()) {
		return nil
	}
	if t := c.loop.task(); t != nil && t.running() {
		return t
	}
	return nil
}

// awaitHosted is AwaitValue on a loop whose host runs handlers in coroutines of one
// thread. The coroutine is left where it is, so fn runs in a goroutine of its own;
// how it ends is repeated in the handler.
func awaitHosted[T any](ctx context.Context, t *task, fn func(context.Context) (T, error)) (T, error) {
	var (
		out      T
		err      error
		returned bool
		failure  any
	)
	if !t.co.canAwait() {
		return out, errInCallback
	}
	if t.beforeAwait != nil {
		t.beforeAwait()
	}
	t.noteAwait()
	t.leave()
	go goroutine.Enter(func() {
		defer func() {
			if !returned {
				if failure = recover(); failure != nil {
					failure = t.loop.newPanicError(t.body, failure)
				}
			}
			t.comeBack()
		}()
		t.awaiter.Store(uint64(goroutine.Current()))
		out, err = fn(ctx)
		returned = true
	})
	t.co.await(t.loop)
	t.stage.Store(stageRunning)
	t.noteResume()
	switch {
	case failure != nil:
		panic(failure)
	case !returned:
		runtime.Goexit()
	}
	return out, err
}

// comeBack puts t into the queue, to get the loop role again.
func (t *task) comeBack() {
	l := t.loop
	l.mu.Lock()
	l.awaiting--
	l.away.remove(t)
	l.queue.push(t)
	next := l.claim()
	l.mu.Unlock()
	l.passTo(next)
}

// Sleep pauses the handler for at least d while other handlers run on the loop, as [Await]
// does, and returns early with [context.Cause] of ctx if ctx ends. A d of zero or less lets
// the tasks run that are waiting already.
func Sleep(ctx context.Context, d time.Duration) error {
	return Await(ctx, func(ctx context.Context) error { return pause(ctx, d) })
}

// pause blocks the goroutine for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// yieldRole gives up the loop role that the calling goroutine holds as t.
func (t *task) yieldRole() {
	if t.beforeAwait != nil {
		t.beforeAwait()
	}
	l := t.loop
	if t.turn.ch == nil {
		t.turn = newGate()
	}
	t.turn.reset()
	t.noteAwait()
	if t.direct {
		// From here on it is a task like any other, and the next direct
		// call needs one of its own.
		if l.inlined.resident.CompareAndSwap(t, nil) {
			l.role.undirect()
			l.counters.selfCalls.Add(1)
			l.counters.running.Add(1)
		}
	}
	t.awaiter.Store(uint64(goroutine.Current()))
	t.leave()
	l.handOver()
}

// leave notes that the handler of t is in Await. From here on it is not what keeps
// the loop from going on, even if its goroutine has yet to switch to another.
func (t *task) leave() {
	t.stage.Store(stageAwaiting)
	l := t.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaiting++
	l.away.push(t)
	l.running.number++ // a direct call that comes next has the same number of calls before it
	if l.current == t {
		l.clearCurrent()
	}
}

// regainRole takes the loop role back for the calling goroutine, or waits for it
// in the queue. Nothing cuts this short: the handler has to go on, if only to
// return, and it may do so nowhere but on the loop.
func (t *task) regainRole() {
	l := t.loop
	l.mu.Lock()
	l.awaiting--
	l.away.remove(t)
	me := goroutine.Current()
	if l.queue.empty() && l.role.takeFor(me) {
		l.current = t
		l.begins(t)
		l.mu.Unlock()
	} else {
		l.queue.push(t)
		l.noteUnwaited(t, +1)
		next := l.claim()
		l.mu.Unlock()
		l.passTo(next)
		if !t.turn.soon(0) {
			for !t.turn.isOpen() {
				t.turn.wait(nil)
			}
		}
		l.role.assume(me)
	}
	t.stage.Store(stageRunning)
	t.noteResume()
}
