package loop

import (
	"context"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// startAsync schedules b, which settles f, on l. The task has its place in own.
func (l *Loop) startAsync(ctx context.Context, own *room, b body, f *future) {
	if ctx == nil {
		panicNilContext(b)
	}
	f.loop = l
	if l == nil {
		f.settle(outcome{refusal: l.refused(b, ErrNoLoop)})
		return
	}
	if ctx.Err() != nil {
		err := l.turnAway(ctx, b, ModeAsync, l.contextError(context.Cause(ctx), b, ErrCanceled))
		f.settle(outcome{refusal: err})
		return
	}
	t := l.taskIn(own, ctx, b, kindAsync, false)
	f.task, t.future = t, f
	t.begin()
	t.withdrawWith(ctx)
	if err := l.place(context.Background(), ctx, t); err != nil {
		refused := l.refused(b, err)
		t.noteOutcome(OutcomeRefused, refused)
		t.staysWith()
		f.settle(outcome{refusal: refused})
	}
}

// withdrawWith withdraws t when ctx ends before the handler has started, because no blocked
// goroutine notices the end.
func (t *task) withdrawWith(ctx context.Context) {
	source := ctx.Done()
	if source == nil {
		return
	}
	w := t.loop.life.watch(ctx, source)
	for !w.add(t) {
		w = t.loop.life.watch(ctx, source)
	}
	if !t.ctx.shared {
		t.ctx.watch.Store(w) // ctx may be used again when the handler asks
	}
	if t.canceler == nil && ctx.Err() != nil { // it has ended just now
		t.callerEnded(&verdict{err: ctx.Err(), cause: context.Cause(ctx)})
	}
}

// staysWith ends withdrawWith.
func (t *task) staysWith() {
	if w := t.canceler; w != nil {
		w.remove(t)
	}
}

// callerEnded withdraws t, whose caller's context has ended, and settles it.
func (t *task) callerEnded(v *verdict) {
	if !t.withdraw() {
		return
	}
	err := t.loop.contextError(v.cause, t.body, ErrCanceled)
	t.noteWithdrawn(err)
	t.deliver(err)
	t.wake.open()
}

// spawn schedules b on l and reports whether the loop accepted it. The task has its place in
// own.
func (l *Loop) spawn(ctx context.Context, own *room, b body) error {
	if ctx == nil {
		panicNilContext(b)
	}
	if l == nil {
		return l.refused(b, ErrNoLoop)
	}
	if ctx.Err() != nil {
		return l.turnAway(ctx, b, ModeSpawn, l.contextError(context.Cause(ctx), b, ErrCanceled))
	}
	t := l.taskIn(own, ctx, b, kindSpawn, true)
	t.begin()
	switch err := l.place(ctx, ctx, t); err {
	case nil:
		return nil
	case ErrCanceled: // withdrawn, and observers have been notified
		return l.contextError(context.Cause(ctx), b, err)
	default:
		refused := l.refused(b, err)
		if t.refusal == nil { // as above
			t.noteOutcome(OutcomeRefused, refused)
		}
		return refused
	}
}

// place submits t, waits until it has a place in the queue, or until wait ends, and reports
// why it gets none, unless that has been reported already.
func (l *Loop) place(wait, ctx context.Context, t *task) error {
	t.caller = goroutine.Current()
	if err := l.submit(t); err != nil {
		if t.state.CompareAndSwap(taskQueued, taskRefused) {
			return err
		}
		return nil // the context ended at this moment, and the canceler has settled it
	}
	if t.state.Load() == taskWithdrawn {
		return nil // likewise, so early that the task never came to have a gate to wait at
	}
	if !t.wake.isOpen() && !t.wake.soon(0) && l.sleep(wait, ctx, t, WaitRoom, false) == sleptWithdrawn {
		return ErrCanceled
	}
	if t.kind == kindSpawn && !t.accepted && t.state.Load() == taskRefused {
		return t.refusal
	}
	return nil
}

// report gives the error of an accepted spawned task to the error handler. The error of a task
// that was not accepted goes to its caller.
func (l *Loop) report(t *task, err error) {
	if err == nil || !t.accepted || l.errorHandler == nil {
		return
	}
	e, ok := err.(*Error)
	if !ok {
		e = l.failed(t.body, err)
	}
	l.errorHandler(e)
}
