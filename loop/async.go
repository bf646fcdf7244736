package loop

import "context"

// A promiser is a body that hands its result to a future.
type promiser[T any] interface {
	body
	promise(*Future[T])
}

// start schedules b on l and returns the future of its result.
func start[T any](ctx context.Context, l *Loop, b promiser[T]) *Future[T] {
	f := &Future[T]{done: make(chan struct{})}
	b.promise(f)
	if l == nil {
		f.settle(outcome[T]{refusal: l.refused(b, ErrNoLoop)})
		return f
	}
	t := l.newTask(ctx, b, kindAsync)
	if ctx.Done() != nil {
		// Nobody is blocked who could see the context end, so it tells us.
		f.stop = context.AfterFunc(ctx, func() {
			if t.withdraw() {
				f.settle(outcome[T]{refusal: l.cutShort(ctx, b, ErrCanceled)})
				t.settled.open()
			}
		})
	}
	if err := l.place(nil, t); err != nil {
		if t.state.CompareAndSwap(taskQueued, taskRefused) {
			f.settle(outcome[T]{refusal: l.refused(b, err)})
		}
	}
	return f
}

// spawn schedules b on l and reports whether the loop accepted it.
func (l *Loop) spawn(ctx context.Context, b body) error {
	if l == nil {
		return l.refused(b, ErrNoLoop)
	}
	t := l.newTask(context.WithoutCancel(ctx), b, kindSpawn)
	err := l.place(ctx.Done(), t)
	switch err {
	case nil:
		return nil
	case ErrCanceled:
		return l.cutShort(ctx, b, err)
	}
	return l.refused(b, err)
}

// place submits t, waits until it has a place in the queue, and reports why if it
// gets none. A handler does not wait for room in the queue of its own loop,
// which would be waiting for itself: to it, full is full.
func (l *Loop) place(done <-chan struct{}, t *task) error {
	if err := l.submit(t); err != nil {
		return err
	}
	if t.settled.word.Load() != gateOpen {
		if c := t.ctx.up; c != nil && c.loop == l && c.onLoop() && t.withdraw() {
			return ErrFull
		}
	}
	if !t.settled.wait(done) {
		if t.withdraw() {
			return ErrCanceled
		}
		t.settled.waitAgain()
	}
	if t.state.Load() == taskRefused && !t.accepted {
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
