package loop

import "context"

// Call runs fn on l and waits for its result, as a generated bridge does. It
// allocates; a bridge does not.
func Call[T any](ctx context.Context, l *Loop, fn func(context.Context) (T, error)) (T, error) {
	c := &closure[T]{fn: fn}
	kept, err := l.call(ctx, c, callMode{})
	if kept || err != nil {
		var none T
		return none, err
	}
	return c.out, c.err
}

// Go schedules fn on l and returns the future of its result at once, unless the
// queue is full and the loop's policy is [Wait]. If the loop does not take the
// task, the future says so.
func Go[T any](ctx context.Context, l *Loop, fn func(context.Context) (T, error)) *Future[T] {
	c := new(struct {
		closure[T]
		Future[T]
	})
	c.fn, c.future = fn, &c.Future
	start(ctx, l, &c.closure, c.future)
	return c.future
}

// Spawn schedules fn on l and reports only whether the loop accepted it. The
// context of fn has the values of ctx but does not end with it; it ends with the
// loop.
func Spawn(ctx context.Context, l *Loop, fn func(context.Context)) error {
	return l.spawn(ctx, &closure[struct{}]{spawned: fn})
}

// A closure is the body of a task that has no bridge.
type closure[T any] struct {
	fn      func(context.Context) (T, error)
	spawned func(context.Context) // instead of fn
	out     T
	err     error
	future  *Future[T]
}

func (c *closure[T]) recycle()         {}
func (c *closure[T]) name() string     { return funcName(c.function()) }
func (c *closure[T]) position() string { return funcPosition(c.function()) }
func (c *closure[T]) where() string    { return c.position() }

func (c *closure[T]) run(ctx context.Context) {
	if c.spawned != nil {
		c.spawned(ctx)
		return
	}
	c.out, c.err = c.fn(ctx)
}

func (c *closure[T]) function() any {
	if c.spawned != nil {
		return c.spawned
	}
	return c.fn
}

// settle hands the result to the future. What a spawned function returns is
// nothing, so nothing is left to hand to anybody else, except that it did not run.
func (c *closure[T]) settle(t *task, err error) {
	if c.future != nil {
		t.staysWith()
		c.future.settle(outcome[T]{out: c.out, err: c.err, refusal: err, ending: t.ending, failure: t.failure})
		return
	}
	t.loop.report(t, err)
}
