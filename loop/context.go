package loop

import (
	"context"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"
)

// contextKey is the key under which a handler's context answers with itself.
var contextKey byte

// A handlerContext is the context that a handler gets: the caller's, which
// additionally ends with the loop and knows which call it belongs to.
//
// It stays with the pooled task and serves the next call too if that comes
// with the same parent; so a context that outlives its handler keeps the
// values, the deadline and the cancellation that it had, always.
type handlerContext struct {
	parent context.Context
	loop   *Loop
	up     *handlerContext // the handler that the call was made from, if any
	same   bool            // parent can be compared without a panic

	// root is the task whose goroutine holds the loop role for this call: its
	// own task, or, when the call runs inline, the one that it runs inside.
	root *task
	// over is set when root has gone on to calls with another context.
	over atomic.Bool

	merged atomic.Pointer[mergedContext] // made on demand, see merge
}

// A mergedContext ends with the caller's context and with the loop.
type mergedContext struct{ context.Context }

// bind gives the task a context derived from ctx: the one it has if that was
// derived from the same, otherwise a new one.
func (t *task) bind(ctx context.Context) {
	if c := t.ctx; c != nil {
		if c.same && c.parent == ctx {
			return
		}
		c.over.Store(true)
	}
	t.ctx = newHandlerContext(ctx, t.loop, t)
}

// newHandlerContext derives the context of a call on l that root's goroutine runs.
func newHandlerContext(ctx context.Context, l *Loop, root *task) *handlerContext {
	up, _ := ctx.Value(&contextKey).(*handlerContext)
	return &handlerContext{
		parent: ctx,
		loop:   l,
		up:     up,
		same:   reflect.ValueOf(ctx).Comparable(),
		root:   root,
	}
}

// holder returns the handler context in ctx if its handler holds the loop role and
// is what the calling goroutine is executing. Anything less is no reason to
// treat the caller as being on the loop: a context may be passed to another
// goroutine or be kept beyond its call.
func holder(ctx context.Context) *handlerContext {
	c, _ := ctx.Value(&contextKey).(*handlerContext)
	if c == nil || !c.onLoop() {
		return nil
	}
	return c
}

// onLoop reports whether the calling goroutine is executing the handler of c and
// holds the loop role.
func (c *handlerContext) onLoop() bool { return c.holding() && onHandlerStack() }

// holding reports whether the call of this context is running and has not
// given up the loop role.
func (c *handlerContext) holding() bool {
	return !c.over.Load() && c.root.role.Load() == roleHeld
}

// inFlight reports whether the call of this context has started and not ended.
func (c *handlerContext) inFlight() bool {
	return !c.over.Load() && c.root.role.Load() != roleNone
}

// Deadline is the caller's.
func (c *handlerContext) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Done is closed when the caller's context ends or the loop does.
func (c *handlerContext) Done() <-chan struct{} {
	if c.parent.Done() == nil {
		return c.loop.life.Done()
	}
	return c.merge().Done()
}

// Err is nil until Done is closed.
func (c *handlerContext) Err() error {
	if err := c.parent.Err(); err != nil {
		return err
	}
	return c.loop.life.Err()
}

// Value answers with the caller's values.
//
// The context package asks its parents for a key of its own to find the
// cancelable context that a Done channel belongs to, and starts a goroutine
// per derived context if it finds none. So once Done has answered, questions go
// where its channel came from.
func (c *handlerContext) Value(key any) any {
	if key == &contextKey {
		return c
	}
	if m := c.merged.Load(); m != nil {
		return m.Value(key)
	}
	if v := c.parent.Value(key); v != nil {
		return v
	}
	return c.loop.life.Value(key)
}

// String makes printed contexts readable.
func (c *handlerContext) String() string { return "loop.Context(" + c.loop.name + ")" }

// merge returns a context that ends with the parent and with the loop. It is
// registered with both, and the registration goes when nobody can observe the
// handler's context any more: a long-lived parent must not collect one entry
// per call that ever looked at Done.
func (c *handlerContext) merge() context.Context {
	if m := c.merged.Load(); m != nil {
		return m
	}
	ctx, cancel := context.WithCancelCause(c.parent)
	stop := context.AfterFunc(c.loop.life, func() { cancel(ErrClosed) })
	release := func() {
		stop()
		cancel(context.Canceled)
	}
	if !c.merged.CompareAndSwap(nil, &mergedContext{ctx}) {
		release() // another goroutine that has this context was faster
		return c.merged.Load()
	}
	runtime.AddCleanup(c, func(release func()) { release() }, release)
	return ctx
}
