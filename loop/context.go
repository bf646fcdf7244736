package loop

import (
	"context"
	"sync/atomic"
	"time"
	"unsafe"
)

// contextKey is the key under which a handler's context returns itself.
var contextKey byte

// A handlerContext is the context that a handler gets: it has the values, the deadline
// and the cancellation of the caller's, and also ends with the loop.
//
// It is a view of the caller's context and holds no copy of anything. It registers with
// nobody before its Done channel is asked for; see canceler. A pooled task keeps its
// context and uses it for the next call too if that comes with the same context.
type handlerContext struct {
	parent context.Context // what the call came with
	loop   *Loop
	task   *task // whose handler runs with it

	// values is parent, or, if that is a handler's context, what that has: so a chain of
	// handlers that call each other costs nothing to look through.
	values context.Context
	// outer is the context of the handler that the call was made from, or the next
	// outside of that which ends for a reason of its own; nil if there is none.
	outer *handlerContext
	// detached says that the end of values and its deadline do not count: the context is
	// that of a spawned handler, or derived from one.
	detached bool
	// shared says that the context ends when outer does, and for no other reason: the
	// loop is one of those whose end ends outer.
	shared bool

	over  atomic.Bool              // task has gone on to a call with another context
	watch atomic.Pointer[canceler] // made on demand
	ends  atomic.Int64             // lifeEnds when no loop of the chain had ended; -1 if one had
}

// currentContext returns the context of the innermost handler that ctx is derived from,
// or nil.
func currentContext(ctx context.Context) *handlerContext {
	if ctx == nil {
		panic("loop: nil context")
	}
	c, _ := ctx.Value(&contextKey).(*handlerContext)
	return c
}

// Current returns the loop whose handler ctx belongs to, and nil if ctx is no handler's
// context and derived from none. In a handler of a [Sharded] it tells which of the
// loops it runs on, and so which part of the state is its own.
func Current(ctx context.Context) *Loop {
	if c := currentContext(ctx); c != nil {
		return c.loop
	}
	return nil
}

// derive makes c the context of a call on l that comes with parent.
func (c *handlerContext) derive(parent context.Context, l *Loop, t *task) {
	c.parent, c.values, c.loop, c.task = parent, parent, l, t
	if p, ok := parent.(*handlerContext); ok {
		c.values, c.detached, c.outer = p.values, c.detached || p.detached, p
		if p.shared {
			c.outer = p.outer
		}
		c.shared = c.outer.endsWith(l)
	}
	now := lifeEnds.Load()
	if c.anyLoopEnded(now) {
		now = -1
	}
	c.ends.Store(now)
}

// newHandlerContext derives the context of a call on l that the handler of t makes in
// place.
func newHandlerContext(parent context.Context, l *Loop, t *task) *handlerContext {
	c := new(handlerContext)
	c.derive(parent, l, t)
	return c
}

// bind gives the task a context derived from ctx: the one it has if that is as good as
// a new one. The same value is not enough: frameworks use the contexts of requests again.
// Such a context has another Done channel then, which matters only if the handler's context
// watches the one before.
func (t *task) bind(ctx context.Context) {
	c := t.ctx
	if c == nil || !sameContext(c.parent, ctx) || c.watch.Load() != nil {
		t.rebind(ctx)
	}
}

func (t *task) rebind(ctx context.Context) {
	if c := t.ctx; c != nil {
		if sameContext(c.parent, ctx) && c.watch.Load().source == ctx.Done() {
			return
		}
		c.over.Store(true)
	}
	t.ctx = newHandlerContext(ctx, t.loop, t)
}

// sameContext reports whether a and b are one value, without comparing what is in it:
// that could panic, and needs reflection for contexts that are no pointers.
func sameContext(a, b context.Context) bool {
	type words struct{ kind, value unsafe.Pointer }
	x, y := (*words)(unsafe.Pointer(&a)), (*words)(unsafe.Pointer(&b))
	return x.value == y.value && x.kind == y.kind
}

// inFlight reports whether the call of this context has started and not ended.
func (c *handlerContext) inFlight() bool {
	return !c.over.Load() && (c.task.running() || c.task.stage.Load() == stageAwaiting)
}

// endsWith reports whether the end of l ends c.
func (c *handlerContext) endsWith(l *Loop) bool {
	for ; c != nil; c = c.outer {
		if c.loop == l {
			return true
		}
	}
	return false
}

// anyLoopEnded reports whether a loop has ended whose end ends c. It looks at all of them
// only if some loop of the program has ended since it was last found that none had.
func (c *handlerContext) anyLoopEnded(now int64) bool {
	for ; c != nil; c = c.outer {
		switch {
		case c.loop.life.over():
			return true
		case c.outer != nil && c.outer.ends.Load() == now:
			return false
		}
	}
	return false
}

// Deadline returns the caller's deadline.
func (c *handlerContext) Deadline() (time.Time, bool) {
	if c.detached {
		return time.Time{}, false
	}
	return c.values.Deadline()
}

// Done returns a channel that is closed when the caller's context ends or the loop does,
// also after the handler has returned.
func (c *handlerContext) Done() <-chan struct{} {
	switch source := c.source(); {
	case c.shared:
		return source
	case source == nil:
		return c.loop.life.channel()
	default:
		for { // a canceler may be dropped at this moment
			if done := c.watcher(source).channel(); done != nil {
				return done
			}
		}
	}
}

// source returns the Done channel of what the context is derived from, nil if that never
// ends.
func (c *handlerContext) source() <-chan struct{} {
	switch {
	case c.outer != nil:
		return c.outer.Done()
	case c.detached:
		return nil
	default:
		return c.values.Done()
	}
}

// Err is nil until Done is closed.
func (c *handlerContext) Err() error {
	if v := c.verdict(); v != nil {
		return v.err
	}
	return nil
}

// verdict returns how the context has ended, or nil. It looks at the sources itself,
// because a canceler hears of an end a moment later; once it has returned a verdict, it
// returns the same again.
func (c *handlerContext) verdict() *verdict {
	w := c.watch.Load()
	if w != nil {
		if v := w.verdict.Load(); v != nil {
			return v
		}
	}
	if !c.detached {
		if err := c.values.Err(); err != nil {
			return c.decide(&verdict{err: err, cause: context.Cause(c.values)})
		}
	}
	if now := lifeEnds.Load(); c.ends.Load() != now {
		if c.anyLoopEnded(now) {
			return c.decide(loopEnded)
		}
		c.ends.Store(now)
	}
	return nil
}

// decide makes v the verdict of c, unless there is one, and returns the verdict.
func (c *handlerContext) decide(v *verdict) *verdict {
	source := c.source()
	if source == nil {
		return v // the loop's end, which is final
	}
	if c.shared {
		return c.outer.decide(v)
	}
	w := c.watcher(source)
	w.come(v)
	return w.verdict.Load()
}

// watcher returns the canceler that closes the Done channel.
func (c *handlerContext) watcher(source <-chan struct{}) *canceler {
	if w := c.watch.Load(); w != nil && w.usable() {
		return w
	}
	from := context.Context(c.outer)
	if c.outer == nil {
		from = c.values
	}
	w := c.loop.life.watch(from, source)
	c.watch.Store(w)
	return w
}

// Value returns the caller's values. The key by which package context finds the cause of
// an end is answered by what has ended.
func (c *handlerContext) Value(key any) any {
	if key == &contextKey {
		return c
	}
	if c.watch.Load() != nil || c.ends.Load() != lifeEnds.Load() {
		if v := c.verdict(); v != nil {
			if x := v.std().Value(key); x != nil {
				return x
			}
		}
	}
	return c.values.Value(key)
}

// AfterFunc arranges for f to run in a goroutine of its own when the context ends. Package
// context uses it for the contexts that are derived from c.
func (c *handlerContext) AfterFunc(f func()) (stop func() bool) {
	switch source := c.source(); {
	case c.shared:
		return c.outer.AfterFunc(f)
	case source == nil:
		return c.loop.life.afterFunc(f)
	default:
		for { // as in Done
			if stop := c.watcher(source).afterFunc(f); stop != nil {
				return stop
			}
		}
	}
}

// String makes printed contexts readable.
func (c *handlerContext) String() string { return "loop.Context(" + c.loop.Name() + ")" }
