package loop

import (
	"context"
	"reflect"
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

	end atomic.Pointer[end] // made on demand, see watchEnd
}

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
		same:   canCompare(ctx),
		root:   root,
	}
}

// canCompare reports whether ctx can be compared with another without a panic.
// Nearly all contexts are pointers, for which the answer is cheap.
func canCompare(ctx context.Context) bool {
	v := reflect.ValueOf(ctx)
	return v.Kind() == reflect.Pointer || v.Comparable()
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
	return !c.over.Load() && c.root.running()
}

// inFlight reports whether the call of this context has started and not ended.
func (c *handlerContext) inFlight() bool {
	return !c.over.Load() && (c.root.running() || c.root.stage.Load() == stageAwaiting)
}

// Deadline is the caller's.
func (c *handlerContext) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Done is closed when the caller's context ends or the loop does. A goroutine that
// outlives the handler and waits for that must keep the context, not the channel
// alone: the watch ends when the context is collected.
func (c *handlerContext) Done() <-chan struct{} {
	if c.parent.Done() == nil {
		return c.loop.life.Done()
	}
	return c.watchEnd().done
}

// Err is nil until Done is closed.
func (c *handlerContext) Err() error {
	_, err := c.ended()
	return err
}

// ended returns what has ended first, the caller's context or the loop's, and its
// error, or nil and nil. It looks at both itself, because Done is told by another
// goroutine and a moment later; and once it has answered, the answer stays.
func (c *handlerContext) ended() (context.Context, error) {
	life := c.loop.life
	if c.parent.Done() == nil {
		if err := life.Err(); err != nil {
			return life, err
		}
		return nil, nil
	}
	if e := c.end.Load(); e != nil {
		if by, err := e.first(); err != nil {
			return by, err
		}
	}
	for _, ctx := range [...]context.Context{c.parent, life} {
		if ctx.Err() != nil {
			e := c.watchEnd()
			e.come(ctx)
			return e.first()
		}
	}
	return nil, nil
}

// Value answers with the caller's values. A key that the context package uses to
// ask for the cause of an end is answered by whoever ended.
func (c *handlerContext) Value(key any) any {
	if key == &contextKey {
		return c
	}
	if by, _ := c.ended(); by == c.loop.life {
		if v := by.Value(key); v != nil {
			return v
		}
	}
	if v := c.parent.Value(key); v != nil {
		return v
	}
	return c.loop.life.Value(key)
}

// AfterFunc arranges for f to run in a goroutine of its own when the context ends.
// The context package calls it for contexts derived from this one, instead of
// keeping a goroutine for each.
func (c *handlerContext) AfterFunc(f func()) (stop func() bool) {
	if c.parent.Done() == nil {
		return context.AfterFunc(c.loop.life, f)
	}
	return c.watchEnd().afterFunc(f)
}

// String makes printed contexts readable.
func (c *handlerContext) String() string { return "loop.Context(" + c.loop.name + ")" }
