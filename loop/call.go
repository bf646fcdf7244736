package loop

import (
	"context"
	"runtime"
)

// A callMode is what a bridge's directive says beyond the mode.
type callMode struct {
	abandon      bool // leave a running handler when the context ends
	nonReentrant bool // refuse a call from a handler of the same loop
	inPlace      bool // such a call may come without the handler's context
	stays        bool // the end of the context is the handler's to notice: no error can tell the caller
}

// call schedules b on l and blocks until the call is settled. A nil error means
// that the handler returned; then its results are in b. If kept is true, the
// handler is still running and b is not the caller's any more. If the handler
// panicked or called Goexit, so does call.
func (l *Loop) call(ctx context.Context, b body, mode callMode) (kept bool, err error) {
	if l == nil {
		return false, l.refused(b, ErrNoLoop)
	}
	if ctx.Err() != nil && !mode.stays && !(mode.inPlace && l.executing() != nil) {
		return false, l.turnAway(ctx, b, ModeCall, l.cutShort(ctx, b, ErrCanceled))
	}
	if l.inline && l.tryDirect() {
		l.direct(ctx, b)
		return false, nil
	}
	t := l.take(ctx, b)
	if c := l.caller(t.ctx.up, mode.inPlace); c != nil {
		l.put(t)
		if mode.nonReentrant {
			return false, l.turnAway(ctx, b, ModeCall, l.refused(b, ErrReentrant))
		}
		l.self(ctx, b, c)
		return false, nil
	}
	t.begin()
	if err := l.submit(t); err != nil {
		refused := l.refused(b, err)
		t.noteOutcome(Refused, refused)
		l.put(t)
		return false, refused
	}
	how := sleptOpen
	if !t.settled.soon(l.patience(t)) {
		wait := ctx
		if mode.stays {
			wait = context.Background()
		}
		// On an inline loop, a task that is running is the caller's own to run.
		how = l.sleep(wait, t, WaitResult, mode.abandon && !l.inline)
	}
	return l.awoken(ctx, t, how)
}

// caller returns the context of the handler of l that the calling goroutine is executing,
// or nil. up is what the call's own context says.
func (l *Loop) caller(up *handlerContext, search bool) *handlerContext {
	if up != nil && up.loop == l && up.onLoop() {
		return up
	}
	if search {
		return l.executing()
	}
	return nil
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
		return false, l.cutShort(ctx, b, ErrCanceled)
	case sleptAbandoned:
		return true, l.cutShort(ctx, t.body, ErrAbandoned)
	}
	if t.lead {
		l.lead(t)
	}
	return false, l.outcome(t)
}

// lead runs the handler of t, whose caller is the calling goroutine, which has been
// given the role for it.
func (l *Loop) lead(t *task) {
	t.lead = false
	t.settled.reset()
	l.exec(t)
	l.mu.Lock()
	l.ends()
	l.mu.Unlock()
	l.release()
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

// self runs b in the calling goroutine, which is executing the handler of c on the
// same loop. The caller is that handler, so no other can run meanwhile, and
// waiting for a turn would be waiting for itself.
func (l *Loop) self(ctx context.Context, b body, c *handlerContext) {
	l.counters.direct.Add(1)
	inner := newHandlerContext(ctx, l, c.root)
	note := l.noteInline(ctx, b)
	returned := false
	defer func() {
		inner.over.Store(true)
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
	enter(b, note.start(inner), c.root)
	returned = true
	l.counters.ended(endReturn)
	note.end(inner, endReturn, nil)
}

// patience says how often the caller of t looks for its result before it yields.
func (l *Loop) patience(t *task) int {
	if l.host == nil || !t.alone {
		return 0
	}
	return l.host.patience()
}
