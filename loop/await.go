package loop

import (
	"context"
	"slices"
	"time"
)

// Await runs fn while other handlers run on the loop. The handler that calls it
// gives up the loop role, and takes it back, in line with whoever else waits for
// it, before Await returns; so what the handler left half done before Await, other
// handlers can see, and what it had read may have changed after. This is await in
// Python and reentrancy in Swift.
//
// ctx must be the handler's context or one derived from it. Called by anybody
// but a running handler in its own goroutine, Await just calls fn. fn runs in the
// calling goroutine, or, on a loop with a thread of its own, in another; it gets
// ctx, and must not touch what belongs to the loop. A
// call of a bridge of the same loop from fn is queued like any other.
//
// A panic or [runtime.Goexit] of fn goes on in the handler, after the role has
// come back. If ctx ends, fn is expected to return; Await does not leave it.
func Await[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	c := holder(ctx)
	if c == nil || c.root.co != nil && !c.root.executing() {
		return fn(ctx)
	}
	return awaitAs(ctx, c.root, fn)
}

// executing reports whether the calling goroutine is executing the handler of t and not
// that of another loop, which has been given the context of t's. To switch to the host
// from any other coroutine than its own would end the process, so this is worth the
// tens of microseconds that it takes.
func (t *task) executing() bool { return slices.Contains(enclosing(), address(t)) }

// awaitAs is Await for the calling goroutine, which is executing the handler of t.
func awaitAs[T any](ctx context.Context, t *task, fn func(context.Context) (T, error)) (T, error) {
	if t.beforeAwait != nil {
		t.beforeAwait()
	}
	if t.co != nil {
		return awaitHosted(ctx, t, fn)
	}
	t.yieldRole()
	defer t.regainRole()
	return fn(ctx)
}

// Sleep pauses the handler for at least d while other handlers run on the loop,
// as [Await] does, and returns early with [context.Cause] of ctx if ctx ends. A d of
// zero or less lets those run who are waiting already.
func Sleep(ctx context.Context, d time.Duration) error {
	_, err := Await(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, pause(ctx, d)
	})
	return err
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
			l.counters.direct.Add(1)
			l.counters.running.Add(1)
		}
	}
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
	l.running.number++ // a direct call that comes next has the same number of calls before it
	if l.current == t {
		l.ends()
	}
}

// regainRole takes the loop role back for the calling goroutine, or waits for it
// in the queue. Nothing cuts this short: the handler has to go on, if only to
// return, and it may do so nowhere but on the loop.
func (t *task) regainRole() {
	l := t.loop
	l.mu.Lock()
	l.awaiting--
	if l.queue.empty() && l.role.take(roleTaken) {
		l.current = t
		l.begins(t)
		l.mu.Unlock()
	} else {
		l.queue.push(t)
		l.noteUnwaited(t, +1)
		next := l.claim()
		l.mu.Unlock()
		next.pass(l)
		if !t.turn.soon(0) {
			for !t.turn.isOpen() {
				t.turn.wait(nil)
			}
		}
	}
	t.stage.Store(stageRunning)
	t.noteResume()
}
