package loop

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// grace is how long a member of a group may take that is still at it, or only called,
// when time is up: enough to notice it and to return.
const grace = time.Second

// A descent is the one shutdown of a group.
type descent struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc // ends ctx: see cut
	ended   atomic.Pointer[error]   // what ctx says then; written before
	release context.CancelFunc      // gives back what a deadline of its own takes
	up      *descent                // the one whose member has started this one, if its context tells
	done    chan struct{}
	err     error // written before done is closed

	mu      sync.Mutex
	callers map[goroutine.ID]bool // the goroutines that stop members now
}

// descentKey is where the context of a descent has the descent.
type descentKey struct{}

func descentOf(ctx context.Context) *descent {
	d, _ := ctx.Value(descentKey{}).(*descent)
	return d
}

// newDescent returns a descent that has the values of ctx and does not end with it: it
// may be a handler's, and others may wait longer. inside says that its caller does not
// wait, so that nobody else sees to the deadline.
func newDescent(ctx context.Context, inside bool) *descent {
	d := &descent{release: func() {}, up: descentOf(ctx), done: make(chan struct{})}
	base := context.Context(outside{context.WithoutCancel(ctx), ctx})
	if at, ok := ctx.Deadline(); ok && inside {
		base, d.release = context.WithDeadline(base, at)
	}
	base, d.cancel = context.WithCancelCause(context.WithValue(base, descentKey{}, d))
	d.ctx = descentContext{base, d}
	if !inside && ctx.Err() != nil { // members must not get a glimpse of a context that has not ended
		d.cut(ctx.Err(), context.Cause(ctx))
	}
	return d
}

// cut ends the context of the members as another one has ended.
func (d *descent) cut(err, cause error) {
	d.ended.CompareAndSwap(nil, &err)
	d.cancel(cause)
}

// errOwnGroup is for a member that would wait for itself.
var errOwnGroup = errors.New("a member that is being stopped calls Shutdown of its group, which waits for it")

// waitsFor reports whether the descent waits for the caller, as far as its goroutine or the
// context shows.
func (d *descent) waitsFor(ctx context.Context) bool {
	if closed(d.done) {
		return false
	}
	for below := descentOf(ctx); below != nil; below = below.up {
		if below == d {
			return true
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.callers[goroutine.Current()]
}

// call calls what stops or closes a member, and notes meanwhile that the descent, and all
// that wait for it, wait for the calling goroutine.
func (d *descent) call(f func() error) error {
	me := goroutine.Current()
	for at := d; at != nil; at = at.up {
		at.note(me, true)
		defer at.note(me, false)
	}
	return f()
}

// note notes whether the descent waits for the goroutine me.
func (d *descent) note(me goroutine.ID, waits bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !waits {
		delete(d.callers, me)
		return
	}
	if d.callers == nil {
		d.callers = make(map[goroutine.ID]bool)
	}
	d.callers[me] = true
}

// run stops the members, and ends when all have stopped or been given up.
func (d *descent) run(members []*Member) {
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(func() {
			defer close(m.stopped)
			for _, user := range m.users {
				<-user.stopped
			}
			m.err = d.end(m)
		})
	}
	all.Wait()
	var errs []error
	for _, m := range slices.Backward(members) { // about the order in which it happened
		if m.err != nil {
			errs = append(errs, fmt.Errorf("stop %w", m.named(m.err)))
		}
	}
	d.err = errors.Join(errs...)
	d.cut(context.Canceled, nil)
	d.release()
	close(d.done)
}

// end stops a member.
func (d *descent) end(m *Member) error {
	err := d.attempt(m, func() error { return m.stop(d.ctx) })
	if err == nil {
		return nil
	}
	if m.close != nil {
		err = errors.Join(err, d.attempt(m, m.close))
	}
	return errors.Join(err, m.linger(d.ctx))
}

// linger waits for the handlers of loops whose time is up. They have been told to end,
// and those that do should find what they use still open.
func (m *Member) linger(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, l := range m.loops {
			<-l.Done()
		}
	}()
	if inTime(ctx, ended) {
		return nil
	}
	var errs []error
	for _, l := range m.loops {
		if !closed(l.Done()) {
			errs = append(errs, fmt.Errorf("a handler of %s is still running", l))
		}
	}
	return errors.Join(errs...)
}

// named puts the member's name before err.
func (m *Member) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", m.name, err)
}

// inTime reports whether done has been closed before a grace after the end of ctx, or
// after now if that is later.
func inTime(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return closed(done)
	}
}

// attempt calls f in a goroutine of its own, to be left behind if it hangs, and returns
// its error or how else it ended.
func (d *descent) attempt(m *Member, f func() error) error {
	result, done := errExited, make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				result = asPanicError(m.name, v)
			}
		}()
		result = d.call(f)
	}()
	if !inTime(d.ctx, done) {
		return fmt.Errorf("%w, and it has not returned since", context.Cause(d.ctx))
	}
	return result
}

var errExited = errors.New("it called runtime.Goexit")

// asPanicError is newPanicError for something that is no handler.
func asPanicError(name string, v any) *PanicError {
	if p, ok := v.(*PanicError); ok {
		return p
	}
	return &PanicError{Value: v, Handler: name, Stack: debug.Stack()}
}

// A descentContext says that the deadline has passed if it was a deadline that has cut
// the descent: http.Server and others return what Err says.
type descentContext struct {
	context.Context
	d *descent
}

// Err says why the context has ended, and nil before.
func (c descentContext) Err() error {
	err := c.Context.Err()
	if p := c.d.ended.Load(); err != nil && p != nil {
		return *p
	}
	return err
}

// An outside is a context without its end and without the handler that it belongs to:
// what is done with it is not done by the handler, and may outlive it.
type outside struct {
	context.Context                 // has the values
	from            context.Context // has the deadline
}

// Deadline tells those who plan with it; it is somebody else who ends the context then.
func (o outside) Deadline() (time.Time, bool) { return o.from.Deadline() }

// Value knows nothing of handlers.
func (o outside) Value(key any) any {
	if key == &contextKey {
		return nil
	}
	return o.Context.Value(key)
}
