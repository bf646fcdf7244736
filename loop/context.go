package loop

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"
	"unsafe"
)

// contextKey is the key under which a handler's context returns itself.
var contextKey byte

// A handlerContext is the context that a handler gets: it has the values, the deadline
// and the cancellation of the caller's, and also ends with the loop.
//
// It is a view of the caller's context. It registers with no other context before Done is
// called; see canceler. A pooled task keeps its context and uses it for the next call too if
// that comes with the same context.
type handlerContext struct {
	parent context.Context // what the call came with
	loop   *Loop
	task   *task // whose handler runs with it

	// values is parent or, if that is a handler's context, its values: so a chain of handlers
	// that call each other costs nothing to look through.
	values context.Context
	// end has the deadline and the cancellation of values. It is values itself, or a pinned
	// context, or one that never ends: the context is that of a spawned handler then, or
	// derived from one.
	end context.Context
	// outer is the context of the handler that the call was made from, or the next
	// outside of that which ends for a reason of its own; nil if there is none.
	outer *handlerContext
	// shared reports whether the context ends when outer does, and for no other reason: the
	// end of the loop ends outer too.
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
// context and derived from none. In a handler of a [Sharded] it is the loop that the handler
// runs on, and so identifies the handler's part of the state.
func Current(ctx context.Context) *Loop {
	if c := currentContext(ctx); c != nil {
		return c.loop
	}
	return nil
}

// derive makes c the context of a call on l that comes with parent. A detached one does
// not end with parent.
func (c *handlerContext) derive(parent context.Context, l *Loop, t *task, detached bool) {
	c.parent, c.values, c.end, c.loop, c.task = parent, parent, parent, l, t
	p, nested := parent.(*handlerContext)
	if nested {
		c.values, c.end = p.values, p.end
	}
	switch {
	case detached:
		c.end = context.Background()
	case nested:
		c.outer = p
		if p.shared {
			c.outer = p.outer
		}
		c.shared = c.outer.endsWith(l)
	case mayBeReused(parent):
		c.end = pin(parent, c)
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
	c.derive(parent, l, t, false)
	return c
}

// bind gives the task a context derived from ctx: the one it has if that is as good as
// a new one.
func (t *task) bind(ctx context.Context) {
	if c := t.ctx; c == nil || !sameContext(c.parent, ctx) || !sameContext(c.end, ctx) || c.watch.Load() != nil {
		t.rebind(ctx)
	}
}

// rebind is bind for a context that is new to the task, or may have been used again.
func (t *task) rebind(ctx context.Context) {
	if c := t.ctx; c != nil {
		w := c.watch.Load()
		if sameContext(c.parent, ctx) && (!mayBeReused(ctx) || sameEnd(c.end, ctx)) && (w == nil || w.source == ctx.Done()) {
			return
		}
		c.over.Store(true)
	}
	t.ctx = newHandlerContext(ctx, t.loop, t)
}

// sameContext reports whether a and b are one value. It does not compare the contents: that
// could panic, and needs reflection for contexts that are no pointers.
func sameContext(a, b context.Context) bool {
	type words struct{ kind, value unsafe.Pointer }
	x, y := (*words)(unsafe.Pointer(&a)), (*words)(unsafe.Pointer(&b))
	return x.value == y.value && x.kind == y.kind
}

// inFlight reports whether the call of this context has started and not ended.
func (c *handlerContext) inFlight() bool {
	return !c.over.Load() && (c.task.running() || c.task.stage.Load() == stageAwaiting)
}

// attended reports whether the caller still waits for the call of this context. Its own
// context is in use for nothing else then.
func (c *handlerContext) attended() bool {
	t := c.task
	own := t.kind == kindAsync && t.ctx == c // that of a future, whose caller goes on
	return !own && c.inFlight() && t.state.Load() != taskAbandoned
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
func (c *handlerContext) Deadline() (time.Time, bool) { return c.end.Deadline() }

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

// source returns the Done channel of the context that c is derived from, nil if that never
// ends. It is always the same.
func (c *handlerContext) source() <-chan struct{} {
	if w := c.watch.Load(); w != nil {
		return w.source
	}
	if c.outer != nil {
		return c.outer.Done()
	}
	return c.end.Done()
}

// origin returns the context that shows how and why the caller's context ends. Its values
// are those of package context only.
func (c *handlerContext) origin() context.Context {
	if p, ok := c.end.(*pinned); ok && p.of.attended() {
		return c.values
	}
	return c.end
}

// Err is nil until Done is closed.
func (c *handlerContext) Err() error {
	if v := c.verdict(); v != nil {
		return v.err
	}
	return nil
}

// verdict returns how the context has ended, or nil. It looks at the sources itself, because a
// canceler gets the verdict a moment later; once it has returned a verdict, it returns the
// same again.
func (c *handlerContext) verdict() *verdict {
	if c.shared {
		return c.outer.verdict()
	}
	if w := c.watch.Load(); w != nil {
		if v := w.verdict.Load(); v != nil {
			return v
		}
	}
	if c.end.Err() != nil {
		from := c.origin()
		if _, ok := from.(*pinned); ok {
			return c.watcher(c.source()).verdict.Load()
		}
		if err := from.Err(); err != nil {
			return c.decide(&verdict{err: err, cause: context.Cause(from)})
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
	if v != loopEnded && c.outer == nil && !closed(source) {
		return v // the end of another request, which uses the context again
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
		from = c.origin()
	}
	w := c.loop.life.watch(from, source)
	c.watch.Store(w)
	return w
}

// Value returns the caller's values. Package context finds the cause of an end by a key of its
// own, and for that key Value returns the value of the context that has ended.
func (c *handlerContext) Value(key any) any {
	if key == &contextKey {
		return c
	}
	k := cancelKey()
	if key == k || k == nil {
		if v := c.verdict(); v != nil {
			if x := v.std().Value(key); x != nil {
				return x
			}
		}
	}
	if key == k {
		return c.origin().Value(key)
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

// A pinned context has the deadline and the Done channel of a caller's context, as they were
// when the call was made. It replaces the caller's context where that may belong to another
// request by now: frameworks use the contexts of requests again.
type pinned struct {
	context.Context // never ends
	of              *handlerContext
	done            <-chan struct{}
	deadline        time.Time
	limited         bool
}

// pin returns what c, the context of a call that comes with ctx, has as its end.
func pin(ctx context.Context, c *handlerContext) context.Context {
	done := ctx.Done()
	deadline, limited := ctx.Deadline()
	if done == nil && !limited {
		return context.Background()
	}
	return &pinned{context.Background(), c, done, deadline, limited}
}

func (p *pinned) Deadline() (time.Time, bool) { return p.deadline, p.limited }

func (p *pinned) Done() <-chan struct{} { return p.done }

func (p *pinned) Err() error {
	switch {
	case !closed(p.done):
		return nil
	case p.limited && !time.Now().Before(p.deadline):
		return context.DeadlineExceeded
	}
	return context.Canceled
}

// mayBeReused reports whether ctx may be given to another request: it is of none of the
// types of package context.
func mayBeReused(ctx context.Context) bool {
	if _, ok := ctx.(*handlerContext); ok {
		return false
	}
	t := reflect.TypeOf(ctx)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() != "context"
}

// sameEnd reports whether a and b have the same deadline and the same Done channel.
func sameEnd(a, b context.Context) bool {
	at, limited := a.Deadline()
	bt, ok := b.Deadline()
	return limited == ok && at.Equal(bt) && a.Done() == b.Done()
}
