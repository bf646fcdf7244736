package loop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A Shutdowner can be shut down by a [ShutdownGroup]: a [*Loop], a [*Sharded], an http.Server, another
// ShutdownGroup. Shutdown lets the work in progress come to its end and returns early with an error if
// ctx ends first.
type Shutdowner interface {
	Shutdown(ctx context.Context) error
}

// A ShutdownGroup shuts down the parts of a program in the order of their dependencies: first the
// parts that use others, then those others. Parts that do not depend on one another stop at
// the same time. The zero value is an empty group; it must not be copied after its first use.
// All methods may be called by any goroutine at any time. A nil group is empty, and nothing can
// be added to it.
//
//	var g loop.ShutdownGroup
//	db := g.AddCloser("database", pool)
//	accounts := g.Add("accounts", accountsLoop, db)
//	g.Add("http", server, accounts)
//	…
//	err := g.Shutdown(ctx) // the server, then the loop, then the database
//
// Something can use only what has been added before, so there are no cycles.
type ShutdownGroup struct {
	mu      sync.Mutex
	members []*ShutdownMember
	down    *descent // nil before the first Shutdown
}

// A ShutdownMember is something that has been added to a [ShutdownGroup], for those that use it.
type ShutdownMember struct {
	group  *ShutdownGroup
	name   string
	item   any // what was added, nil for a function
	stop   func(context.Context) error
	close  func() error // nil if there is nothing to close
	loops  []*Loop      // that end with it
	probes []Prober     // guarded by the mutex of the group

	users   []*ShutdownMember // they stop first
	stopped chan struct{}     // closed when it has stopped or been given up
	err     error             // written before that
}

// Add adds s under a name that appears in errors. s uses the members that follow, while it
// drains too, so it is shut down before them.
//
// If its Shutdown fails, or panics, and s has a method Close() error, that is called
// next: an http.Server would otherwise keep its connections when time is up.
//
// Add panics if s is nil, if a member is nil or belongs to another group, and if the
// group is being shut down: add everything before.
func (g *ShutdownGroup) Add(name string, s Shutdowner, uses ...*ShutdownMember) *ShutdownMember {
	if s == nil {
		panic("loop: " + name + " is nil and cannot be added to a group")
	}
	m := &ShutdownMember{name: name, item: s, stop: s.Shutdown}
	if c, ok := s.(io.Closer); ok {
		m.close = c.Close
	}
	switch s := s.(type) {
	case *Loop:
		m.loops = []*Loop{s}
	case *Sharded:
		m.loops = s.Loops()
	}
	return g.add(m, uses)
}

// AddCloser adds a resource that can only be closed, such as a database. Otherwise it
// is [ShutdownGroup.Add]. A *Loop belongs to Add: Close does not let it drain.
func (g *ShutdownGroup) AddCloser(name string, c io.Closer, uses ...*ShutdownMember) *ShutdownMember {
	if c == nil {
		panic("loop: " + name + " is nil and cannot be added to a group")
	}
	return g.add(&ShutdownMember{name: name, item: c, stop: func(context.Context) error { return c.Close() }}, uses)
}

// AddFunc adds something that stop shuts down, for a type without a method Shutdown. Otherwise
// it is [ShutdownGroup.Add].
func (g *ShutdownGroup) AddFunc(name string, stop func(context.Context) error, uses ...*ShutdownMember) *ShutdownMember {
	if stop == nil {
		panic("loop: " + name + " is nil and cannot be added to a group")
	}
	return g.add(&ShutdownMember{name: name, stop: stop}, uses)
}

func (g *ShutdownGroup) add(m *ShutdownMember, uses []*ShutdownMember) *ShutdownMember {
	if g == nil {
		panic("loop: " + m.name + " is added to a nil ShutdownGroup")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down != nil {
		panic("loop: " + m.name + " is added to a group that is being shut down")
	}
	for _, used := range uses {
		if used == nil {
			panic("loop: " + m.name + " uses a member that is nil")
		}
		if used.group != g {
			panic("loop: " + m.name + " uses " + used.name + ", which belongs to another group")
		}
	}
	for _, used := range uses {
		used.users = append(used.users, m)
	}
	m.group, m.stopped = g, make(chan struct{})
	g.members = append(g.members, m)
	return m
}

// Shutdown stops all members, each when those that use it have stopped, and returns their
// errors, joined, each with the name of its member, or nil. A member that fails or panics
// keeps no other from being stopped; a panic becomes a [*PanicError] in the result.
//
// ctx is the deadline for all of them. When it ends, the members that have not stopped yet are
// still called in order, with the ended context, so that nothing is left open. From then on, a
// member has a second to return, and the handlers of its loops have one to end; a member that
// takes longer is reported and left behind, and the members that it uses are closed.
//
// Shutdown may be called more than once. The group is stopped once, with the values of the
// first caller's context, and all callers wait for the same outcome; the context that ends
// first ends it for all, so a second call can hurry the first.
//
// Called by a running handler, of whatever loop, or with its context, Shutdown does
// not wait, because a member may wait for that handler: it starts the shutdown and
// returns nil. Of ctx, only the deadline counts then. A member that is being stopped must
// not call its own group's Shutdown: that is an error, at once, if it has the member's
// context or is called by its goroutine. Anything else that a member waits for, such
// as a request of an http.Server, must not wait for Shutdown either: it would wait
// until ctx ends.
func (g *ShutdownGroup) Shutdown(ctx context.Context) error {
	if g == nil {
		return nil
	}
	inside := byHandler(ctx)
	d := g.descend(ctx, inside)
	if inside {
		return nil
	}
	if d.waitsFor(ctx) {
		return errOwnGroup
	}
	hurry := context.AfterFunc(ctx, func() { d.cut(ctx.Err(), context.Cause(ctx)) })
	defer hurry()
	<-d.done
	return d.err
}

// byHandler reports whether the caller is a handler, or works for one that may wait for it, as
// far as its goroutine or the context shows.
func byHandler(ctx context.Context) bool {
	c := currentContext(ctx)
	return c != nil && c.inFlight() || runsHandlers(goroutine.Current())
}

// runsHandlers reports whether the goroutine me, which is the calling one, runs a handler: it
// is a worker, or has the role of an inline loop.
func runsHandlers(me goroutine.ID) bool {
	w := workers.find(me)
	return w != nil && w.home.Value() == nil || len(appendHeld(nil, me)) > 0
}

// descend starts the shutdown unless it has been started.
func (g *ShutdownGroup) descend(ctx context.Context, inside bool) *descent {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down == nil {
		g.down = newDescent(ctx, inside)
		go g.down.run(g.members)
	}
	return g.down
}

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

// newDescent returns a descent that has the values of ctx and does not end with it: ctx may be
// a handler's, and other callers may wait longer. inside reports whether its caller does not
// wait, so that the descent needs the deadline itself.
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
func (d *descent) call(f func() error) (err error) {
	goroutine.Enter(func() {
		me := goroutine.Current()
		for at := d; at != nil; at = at.up {
			at.note(me, true)
			defer at.note(me, false)
		}
		err = f()
	})
	return err
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
func (d *descent) run(members []*ShutdownMember) {
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
func (d *descent) end(m *ShutdownMember) error {
	err := d.attempt(m, func() error { return m.stop(d.ctx) })
	if err == nil {
		return nil
	}
	if m.close != nil {
		err = errors.Join(err, d.attempt(m, m.close))
	}
	return errors.Join(err, m.linger(d.ctx))
}

// linger waits for the handlers of loops whose time is up. Their contexts have ended, and
// handlers that end then should find the members that they use still open.
func (m *ShutdownMember) linger(ctx context.Context) error {
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
func (m *ShutdownMember) named(err error) error {
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
func (d *descent) attempt(m *ShutdownMember, f func() error) error {
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
	return &PanicError{Value: v, Handler: name, Stack: string(debug.Stack())}
}

// A descentContext has the error of a deadline if a deadline has cut the descent: http.Server
// and others return the error of the context.
type descentContext struct {
	context.Context
	d *descent
}

// Err returns why the context has ended, and nil before.
func (c descentContext) Err() error {
	err := c.Context.Err()
	if p := c.d.ended.Load(); err != nil && p != nil {
		return *p
	}
	return err
}

// An outside is a context without its end and without the handler that it belongs to: work
// that is done with it is not the handler's, and may outlive it.
type outside struct {
	context.Context                 // has the values
	from            context.Context // has the deadline
}

// Deadline returns the deadline, for plans only: the context does not end by it.
func (o outside) Deadline() (time.Time, bool) { return o.from.Deadline() }

// Value returns no handler's context.
func (o outside) Value(key any) any {
	if key == &contextKey {
		return nil
	}
	return o.Context.Value(key)
}
