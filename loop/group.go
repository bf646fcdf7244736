package loop

import (
	"context"
	"io"
	"sync"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A Stopper is what a [Group] shuts down: a [*Loop], a [*Sharded], an http.Server,
// another Group. Shutdown lets what is going on come to its end and returns early
// with an error if ctx ends first.
type Stopper interface {
	Shutdown(ctx context.Context) error
}

// A Group shuts down what a program consists of, in the order of its dependencies:
// first what uses others, then what they used. What does not depend on one another
// stops at the same time. The zero value is an empty group; it must not be copied
// after its first use. All methods may be called by any goroutine at any time.
//
//	var g loop.Group
//	db := g.AddCloser("database", pool)
//	accounts := g.Add("accounts", accountsLoop, db)
//	g.Add("http", server, accounts)
//	…
//	err := g.Shutdown(ctx) // the server, then the loop, then the database
//
// Something can use only what has been added before, so there are no cycles.
type Group struct {
	mu      sync.Mutex
	members []*Member
	down    *descent // nil before the first Shutdown
}

// A Member is something that has been added to a [Group], for those that use it.
type Member struct {
	group *Group
	name  string
	item  any // what was added, nil for a function
	stop  func(context.Context) error
	close func() error // nil if there is nothing to close
	loops []*Loop      // that end with it

	users   []*Member     // they stop first
	stopped chan struct{} // closed when it has stopped or been given up
	err     error         // written before that
}

// Add adds s under a name that stands in errors. s uses the members that follow, while
// it drains too, so it is shut down before them.
//
// If its Shutdown fails, or panics, and s has a method Close() error, that is called
// next: an http.Server would otherwise keep its connections when time is up.
//
// Add panics if s is nil, if a member is nil or belongs to another group, and if the
// group is being shut down: add everything before.
func (g *Group) Add(name string, s Stopper, uses ...*Member) *Member {
	if s == nil {
		panic("loop: " + name + " is nil and cannot be added to a group")
	}
	m := &Member{name: name, item: s, stop: s.Shutdown}
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
// is [Group.Add]. A *Loop belongs to Add: Close does not let it drain.
func (g *Group) AddCloser(name string, c io.Closer, uses ...*Member) *Member {
	if c == nil {
		panic("loop: " + name + " is nil and cannot be added to a group")
	}
	return g.add(&Member{name: name, item: c, stop: func(context.Context) error { return c.Close() }}, uses)
}

// AddFunc adds something that stop shuts down: the Shutdown of a type that says it
// in another way. Otherwise it is [Group.Add].
func (g *Group) AddFunc(name string, stop func(context.Context) error, uses ...*Member) *Member {
	if stop == nil {
		panic("loop: " + name + " is nil and cannot be added to a group")
	}
	return g.add(&Member{name: name, stop: stop}, uses)
}

func (g *Group) add(m *Member, uses []*Member) *Member {
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

// Shutdown stops all members, each when those that use it have stopped, and returns
// what went wrong, joined, each error with the name of its member, or nil. A member
// that fails or panics keeps no other from being stopped; a panic becomes a
// [*PanicError] in the result.
//
// ctx is the deadline for all of them. When it ends, what has not stopped yet is still
// called in order, with the ended context, so that nothing is left open. From
// then on, a member has a second to return, and the handlers of its loops have one
// to end; what takes longer is reported and left behind, and what it uses is closed.
//
// Shutdown may be called more than once. The group is stopped once, with the values
// of the first caller's context, and everybody waits for the same outcome; the
// context that ends first ends it for all, so a second call can hurry the first.
//
// Called by a running handler, of whatever loop, or with its context, Shutdown does
// not wait, because a member may wait for that handler: it starts the shutdown and
// returns nil. Of ctx, only the deadline counts then. A member that is being stopped must
// not call its own group's Shutdown: that is an error, at once, if it has the member's
// context or is called by its goroutine. Anything else that a member waits for, such
// as a request of an http.Server, must not wait for Shutdown either: it would wait
// until ctx ends.
func (g *Group) Shutdown(ctx context.Context) error {
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

// byHandler reports whether somebody who waits for a handler may wait for the caller,
// as far as its goroutine or the context shows.
func byHandler(ctx context.Context) bool {
	c := currentContext(ctx)
	return c != nil && c.inFlight() || runsHandlers(goroutine.Current())
}

// runsHandlers reports whether the goroutine me, which is the calling one, runs a handler: it
// is a worker, or has the role of an inline loop.
func runsHandlers(me goroutine.ID) bool {
	return workers.find(me) != nil || len(appendHeld(nil, me)) > 0
}

// descend starts the shutdown if nobody has.
func (g *Group) descend(ctx context.Context, inside bool) *descent {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down == nil {
		g.down = newDescent(ctx, inside)
		go g.down.run(g.members)
	}
	return g.down
}
