package loop

import "context"

// start schedules b, which hands its result to f, on l and returns f.
func start[T any](ctx context.Context, l *Loop, b body, f *Future[T]) *Future[T] {
	if l == nil {
		f.settle(l, outcome[T]{refusal: l.refused(b, ErrNoLoop)})
		return f
	}
	if ctx.Err() != nil {
		f.settle(l, outcome[T]{refusal: l.turnAway(ctx, b, ModeAsync, l.cutShort(ctx, b, ErrCanceled))})
		return f
	}
	t := l.newTask(ctx, b, kindAsync)
	t.begin()
	if ctx.Done() != nil {
		// Nobody is blocked who could see the context end, so it tells us.
		f.stop = context.AfterFunc(ctx, func() {
			if t.withdraw() {
				f.set(outcome[T]{refusal: l.cutShort(ctx, b, ErrCanceled)})
				t.settled.open()
			}
		})
	}
	if err := l.place(context.Background(), t); err != nil {
		refused := l.refused(b, err)
		t.noteOutcome(Refused, refused)
		f.settle(l, outcome[T]{refusal: refused})
	}
	return f
}

// spawn schedules b on l and reports whether the loop accepted it.
func (l *Loop) spawn(ctx context.Context, b body) error {
	if l == nil {
		return l.refused(b, ErrNoLoop)
	}
	if ctx.Err() != nil {
		return l.turnAway(ctx, b, ModeSpawn, l.cutShort(ctx, b, ErrCanceled))
	}
	t := l.newTask(context.WithoutCancel(ctx), b, kindSpawn)
	t.begin()
	switch err := l.place(ctx, t); err {
	case nil:
		return nil
	case ErrCanceled: // withdrawn, and observers have been told
		return l.cutShort(ctx, b, err)
	default:
		refused := l.refused(b, err)
		if t.refusal == nil { // as above
			t.noteOutcome(Refused, refused)
		}
		return refused
	}
}

// place submits t, waits until it has a place in the queue, and reports why it gets
// none if nobody else has been told.
func (l *Loop) place(ctx context.Context, t *task) error {
	if err := l.submit(t); err != nil {
		if t.state.CompareAndSwap(taskQueued, taskRefused) {
			return err
		}
		return nil // the context ended at this moment, and its watch has settled it
	}
	if t.state.Load() == taskWithdrawn {
		return nil // likewise, so early that the task never came to have a gate to wait at
	}
	if !t.settled.isOpen() && !t.settled.soon(0) && l.sleep(ctx, t, WaitRoom, false) == sleptWithdrawn {
		return ErrCanceled
	}
	if t.kind == kindSpawn && !t.accepted && t.state.Load() == taskRefused {
		return t.refusal
	}
	return nil
}

// report gives the error of an accepted spawned task to the error handler. A task
// that was not accepted has a caller who gets the error.
func (l *Loop) report(t *task, err error) {
	if err != nil && t.accepted && l.errorHandler != nil {
		l.errorHandler(err)
	}
}
