package loop

import (
	"context"
	"runtime"
)

// A callMode is what a bridge's directive says beyond the mode.
type callMode struct {
	abandon      bool // leave a running handler when the context ends
	nonReentrant bool // refuse a call from a handler of the same loop
}

// call schedules b on l and blocks until the call is settled. A nil error means
// that the handler returned; then its results are in b. If kept is true, the
// handler is still running and b is not the caller's any more. If the handler
// panicked or called Goexit, so does call.
func (l *Loop) call(ctx context.Context, b body, mode callMode) (kept bool, err error) {
	if l == nil {
		return false, l.refused(b, ErrNoLoop)
	}
	t := l.take(ctx, b)
	if c := t.ctx.up; c != nil && c.loop == l && c.onLoop() {
		l.put(t)
		if mode.nonReentrant {
			return false, l.refused(b, ErrReentrant)
		}
		l.inline(ctx, b, c)
		return false, nil
	}
	if err := l.submit(t); err != nil {
		l.put(t)
		return false, l.refused(b, err)
	}
	return l.wait(ctx, t, mode)
}

// wait blocks until t, which has been submitted, is settled.
func (l *Loop) wait(ctx context.Context, t *task, mode callMode) (kept bool, err error) {
	done := ctx.Done()
	if !t.settled.wait(done) {
		switch {
		case t.withdraw():
			err := l.cutShort(ctx, t.body, ErrCanceled)
			l.put(t)
			return false, err
		case mode.abandon && t.abandon():
			return true, l.cutShort(ctx, t.body, ErrAbandoned)
		default:
			t.settled.waitAgain()
		}
	}
	return false, l.outcome(t)
}

// outcome takes the outcome out of a settled task and gives the task back.
func (l *Loop) outcome(t *task) error {
	how, failure, b := t.ending, t.failure, t.body
	refusal := t.refusal
	l.put(t)
	switch {
	case refusal != nil:
		return l.refused(b, refusal)
	case how == endPanic:
		failure.raise()
	case how == endGoexit:
		runtime.Goexit()
	}
	return nil
}

// inline runs b in the calling goroutine, which is executing the handler of c on
// the same loop. The caller is that handler, so no other can run meanwhile, and
// waiting for a turn would be waiting for itself.
func (l *Loop) inline(ctx context.Context, b body, c *handlerContext) {
	inner := newHandlerContext(ctx, l, c.root)
	returned := false
	defer func() {
		inner.over.Store(true)
		if returned {
			return
		}
		if v := recover(); v != nil {
			l.counters.ended(endPanic)
			l.newPanicError(b, v).raise()
		}
		l.counters.ended(endGoexit)
	}()
	enter(b, inner)
	returned = true
	l.counters.ended(endReturn)
}
