package loop

import (
	"context"
	"runtime"

	"github.com/asyncgen/asyncgen/loop/internal/door"
	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// call schedules b on l and blocks until the call is settled. A nil error means
// that the handler returned; then its results are in b. If kept is true, the
// handler is still running and b is not the caller's any more. If the handler
// panicked or called Goexit, so does call.
func (l *Loop) call(ctx context.Context, b body, mode door.Mode) (kept bool, err error) {
	if ctx == nil {
		panicNilContext(b)
	}
	if l == nil {
		return false, l.refused(b, ErrNoLoop)
	}
	me := goroutine.Current()
	if l.inline && me.Anonymous() { // it may run the handler, and must be recognized then
		return l.enterAndCall(ctx, b, mode)
	}
	if ctx.Err() != nil && !mode.Stays && !(mode.InPlace && l.role.heldBy(me)) {
		return false, l.turnAway(ctx, b, ModeCall, l.contextError(context.Cause(ctx), b, ErrCanceled))
	}
	if l.inline && l.tryDirect(me) {
		l.direct(ctx, b)
		return false, nil
	}
	if l.role.heldBy(me) {
		if mode.NonReentrant {
			return false, l.turnAway(ctx, b, ModeCall, l.refused(b, ErrReentrant))
		}
		l.self(ctx, b)
		return false, nil
	}
	if l.home != nil {
		if r := l.home.of(me); r != nil {
			return false, l.callAtHome(ctx, r, b)
		}
	}
	t := l.callTask(ctx, b, me)
	t.begin()
	if err := l.submit(t); err != nil {
		refused := l.refused(b, err)
		t.noteOutcome(OutcomeRefused, refused)
		l.put(t)
		return false, refused
	}
	how := sleptOpen
	if !t.wake.soon(l.patience(t)) {
		wait := ctx
		if mode.Stays {
			wait = context.Background()
		}
		// On an inline loop, a task that is running is the caller's own to run.
		how = l.sleep(wait, ctx, t, WaitResult, mode.Abandon && !l.inline)
	}
	return l.awoken(ctx, t, how)
}

// enterAndCall is call for a goroutine that has no identity of its own yet.
func (l *Loop) enterAndCall(ctx context.Context, b body, mode door.Mode) (kept bool, err error) {
	goroutine.Enter(func() { kept, err = l.call(ctx, b, mode) })
	return kept, err
}

// panicNilContext panics as the standard library does, with the name of the handler. Otherwise
// the call would fail further on, where the stack shows less.
func panicNilContext(b body) {
	panic("loop: nil context in a call of " + atPosition(b.Name(), b.Position()))
}

// awoken ends a call that has been waited for. It is not inlined, to keep its frame
// off the stacks of blocked callers.
//
//go:noinline
func (l *Loop) awoken(ctx context.Context, t *task, how slept) (kept bool, err error) {
	switch how {
	case sleptWithdrawn:
		b := t.body
		l.put(t)
		return false, l.contextError(context.Cause(ctx), b, ErrCanceled)
	case sleptAbandoned:
		return true, l.contextError(context.Cause(ctx), t.body, ErrAbandoned)
	}
	if t.lead {
		l.lead(t)
	}
	return false, l.outcome(t)
}

// outcome takes the outcome out of a settled task and gives the task back.
func (l *Loop) outcome(t *task) error {
	b, how, failure, refusal := t.body, t.ending, t.failure, t.refusal
	if refusal != nil {
		err := l.refused(b, refusal)
		t.noteRefusal(err)
		l.put(t)
		return err
	}
	l.put(t)
	switch {
	case how == endPanic:
		failure.raise()
	case how == endGoexit:
		runtime.Goexit()
	}
	return nil
}

// self runs b in the calling goroutine, which is executing a handler of the same loop.
// No other can run meanwhile, and waiting for a turn would be waiting for itself.
func (l *Loop) self(ctx context.Context, b body) {
	l.counters.selfCalls.Add(1)
	inner := l.selfContext(ctx)
	note := l.noteSelf(ctx, b)
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			failure := l.newPanicError(b, v)
			l.counters.ended(endPanic)
			note.end(inner, endPanic, failure)
			failure.raise()
		}
		l.counters.ended(endGoexit)
		note.end(inner, endGoexit, nil)
	}()
	enter(b, note.start(inner))
	returned = true
	l.counters.ended(endReturn)
	note.end(inner, endReturn, nil)
}

// selfContext returns the context of a call that a handler of l makes of l with ctx: the
// same, if it is that of a handler of l. Otherwise it returns the one that was derived last, if
// a new one would be no different.
func (l *Loop) selfContext(ctx context.Context) *handlerContext {
	if c, ok := ctx.(*handlerContext); ok && c.loop == l {
		return c
	}
	t := l.task()
	if c := l.derived; c == nil || c.task != t || !sameContext(c.parent, ctx) || !sameContext(c.end, ctx) || c.watch.Load() != nil {
		l.derived = newHandlerContext(ctx, l, t)
	}
	return l.derived
}

// task returns the task whose handler the calling goroutine, which has the role, is
// executing.
func (l *Loop) task() *task {
	if t := l.inlined.resident.Load(); t != nil && l.role.direct() {
		return t
	}
	return l.current
}

// patience returns how often the caller of t looks for its result before it yields.
func (l *Loop) patience(t *task) int {
	if !t.alone {
		return 0
	}
	return l.executor.patience()
}

// Call runs fn on l and waits for its result, as a generated bridge does. It
// allocates; a bridge does not.
func Call[T any](ctx context.Context, l *Loop, fn func(context.Context) (T, error)) (T, error) {
	if fn == nil {
		panicNilFunc("Call")
	}
	c := &closure[T]{fn: fn}
	kept, err := l.call(ctx, c, door.Mode{})
	if kept || err != nil {
		var none T
		return none, err
	}
	if c.err != nil {
		c.err = l.passedOn(c, c.err)
	}
	return c.out, c.err
}

// Async schedules fn on l and returns the future of its result at once, unless the queue is full
// and the loop's policy is [OverflowWait]. If the loop does not take the task, the future settles with
// an [*Error].
func Async[T any](ctx context.Context, l *Loop, fn func(context.Context) (T, error)) *Future[T] {
	if fn == nil {
		panicNilFunc("Async")
	}
	c := new(struct {
		closure closure[T]
		future  Future[T]
	})
	c.closure.fn, c.future.source = fn, &c.closure
	l.startAsync(ctx, new(room), &c.closure, &c.future.core)
	return &c.future
}

// A closure is the body of a task that has no bridge and has a result.
type closure[T any] struct {
	door.Sealed
	fn  func(context.Context) (T, error)
	out T
	err error
}

func (c *closure[T]) Name() string            { return door.FuncName(c.fn) }
func (c *closure[T]) Position() string        { return door.FuncPosition(c.fn) }
func (c *closure[T]) Where() string           { return c.Position() }
func (c *closure[T]) Run(ctx context.Context) { c.out, c.err = c.fn(ctx) }
func (c *closure[T]) Err() error              { return c.err }

// Result implements the source of a future.
func (c *closure[T]) Result() T { return c.out }
