package loop

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A StuckError reports that a loop has been held for too long, as [Loop.Live] found it.
type StuckError struct {
	Loop string
	// Handler holds the loop. It is empty if no handler does although there is something to
	// do.
	Handler  string
	Position string        // where the handler's code begins, "account.go:12"; empty if it is not known
	For      time.Duration // for how long, at least
	Queued   int           // tasks in the queue behind it
}

// Error returns a sentence with the loop, its holder and for how long it has been held.
func (e *StuckError) Error() string {
	if e == nil {
		return "<nil>"
	}
	what, plural := "it has begun no handler", "s are"
	if e.Handler != "" {
		what = atPosition(e.Handler, e.Position) + " has held it"
	}
	if e.Queued == 1 {
		plural = " is"
	}
	return fmt.Sprintf("loop %q is stuck: %s for %v, %d task%s queued", e.Loop, what, e.For.Round(time.Millisecond), e.Queued, plural)
}

// Live returns nil unless a handler has held the loop for longer than limit, or tasks have
// been queued for as long and none was started; then it returns a [*StuckError]. It is meant
// for a liveness probe that calls it again and again: not all handlers are timed, and the time
// of one that is not counts from the first call of Live that has found it at work. So a loop
// that is stuck is found within limit and two probes, and none is called stuck too early.
//
// A handler in [Await] or [Sleep] does not hold the loop. One that waits for another loop
// does, and so does a function that [Adapt]'s event loop runs in between; a loop of [NewMain] is
// stuck if there is something to do and its run function has not been called. A nil or idle loop is live,
// also when it has been closed.
//
// Live never waits for a handler, and costs a handler nothing. The name of a
// call that the caller of a [WithInline] loop runs itself is known only with
// [WithSlowHandler]. It panics if limit is not positive.
func (l *Loop) Live(limit time.Duration) error {
	if limit <= 0 {
		panic("loop: Live needs a positive limit")
	}
	if !l.made() {
		return nil
	}
	stuck, b, direct := l.sight()
	if stuck.For <= limit {
		return nil
	}
	switch {
	case b != nil:
		stuck.Handler, stuck.Position = b.Name(), b.Where()
	case direct:
		stuck.Handler = directName
		if l.slow != nil {
			if g, ok := findHandler(l.id); ok {
				stuck.Handler = g.handler
			}
		}
	}
	return &stuck
}

// sight looks where the loop is and for how long it has been there, 0 if it is idle.
// b is the body of the handler at work, if one is that has come through the queue.
func (l *Loop) sight() (s StuckError, b body, direct bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	number, held, direct := l.stretch()
	if !held {
		l.sighted = sighting{}
		return s, nil, false
	}
	t := l.current
	if !direct && t != nil && l.running.body != nil && t.stage.Load() == stageRunning {
		b = l.running.body
	}
	now, at := l.clock(), &l.sighted
	if at.since == 0 || at.stretch != number || at.handler != (b != nil) {
		*at = sighting{number, b != nil, now}
		if b != nil && l.running.begun != 0 {
			at.since = l.running.begun
		}
	}
	return StuckError{Loop: l.Name(), For: time.Duration(now - at.since), Queued: l.queued}, b, direct
}

// Ready returns nil if the loop would take a task now. It returns an error that wraps
// [ErrClosed] if it is being shut down or closed, [ErrFull] if its queue is full, even
// if the policy is to wait, [ErrNoHost] if it needs its host, which does not run, and [ErrNoLoop]
// if it is nil. It is meant for a readiness
// probe, which turns work away for a while.
func (l *Loop) Ready() error {
	if !l.made() {
		return ErrNoLoop
	}
	l.mu.Lock()
	stopping, queued, waiting, capacity := l.closed.Load(), l.queued, l.waitingRoom, l.capacity
	l.mu.Unlock()
	switch {
	case stopping:
		return fmt.Errorf("loop %q is not ready: %w", l.Name(), ErrClosed)
	case capacity == 0:
		return fmt.Errorf("loop %q is not ready: %w", l.Name(), ErrNoHost)
	case queued >= capacity:
		return fmt.Errorf("loop %q is not ready: %w: %d tasks, and %d that wait for room", l.Name(), ErrFull, queued, waiting)
	}
	return nil
}

// Live joins the errors of [Loop.Live] of the loops.
func (s *Sharded) Live(limit time.Duration) error {
	var errs []error
	for _, l := range s.Loops() {
		errs = append(errs, l.Live(limit))
	}
	return errors.Join(errs...)
}

// Ready joins the errors of [Loop.Ready] of the loops: s is ready if all of them are, because
// it takes a call to the loop of its key and to no other.
func (s *Sharded) Ready() error {
	if s == nil || len(s.loops) == 0 {
		return ErrNoLoop
	}
	var errs []error
	for _, l := range s.loops {
		errs = append(errs, l.Ready())
	}
	return errors.Join(errs...)
}

// A Prober can be asked by a probe: a [*Loop], a [*Sharded], a [*ShutdownGroup].
type Prober interface {
	// Live returns an error if the work has been held up for longer than limit.
	Live(limit time.Duration) error
	// Ready returns an error if no work would be taken now.
	Ready() error
}

// Watch makes the probes part of the group's own, for a member that keeps its loops to itself:
//
//	g.Add("inventory", inventory).Watch(inventory.loop)
//
// What the member itself answers counts too. Watch returns m. It panics if a probe is nil. A nil
// *Loop is no nil probe: it is never ready.
func (m *ShutdownMember) Watch(probes ...Prober) *ShutdownMember {
	switch {
	case m == nil:
		panic("loop: Watch of a nil ShutdownMember")
	case m.group == nil:
		panic("loop: Watch of a zero ShutdownMember; ShutdownGroup.Add makes one")
	case slices.Contains(probes, nil):
		panic("loop: " + m.name + " watches a nil probe")
	}
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	m.probes = append(m.probes[:len(m.probes):len(m.probes)], probes...)
	return m
}

// Live joins the errors of the members that have a method Live as [Loop.Live] is, and of the
// probes that they watch, in the order in which they were added, each with its name.
func (g *ShutdownGroup) Live(limit time.Duration) error {
	return g.join(func(item any) error {
		if c, ok := item.(interface{ Live(time.Duration) error }); ok {
			return c.Live(limit)
		}
		return nil
	})
}

// Ready joins the errors of the members that have a method Ready() error, and of the probes that
// they watch, in the order in which they were added, each with its name. From the beginning of Shutdown on it returns an
// error that wraps [ErrClosed], whether a loop has been closed yet or not.
func (g *ShutdownGroup) Ready() error {
	if g == nil {
		return ErrNoLoop
	}
	g.mu.Lock()
	down := g.down != nil
	g.mu.Unlock()
	if down {
		return fmt.Errorf("the group is being shut down: %w", ErrClosed)
	}
	return g.join(func(item any) error {
		if c, ok := item.(interface{ Ready() error }); ok {
			return c.Ready()
		}
		return nil
	})
}

// join calls check for all members. It does not hold up Add meanwhile.
func (g *ShutdownGroup) join(check func(item any) error) error {
	if g == nil {
		return nil
	}
	var errs []error
	for _, m := range g.watched() {
		for _, item := range m.items {
			errs = append(errs, m.member.named(check(item)))
		}
	}
	return errors.Join(errs...)
}

// A watched is a member and what probes look at: the member itself and what it watches.
type watched struct {
	member *ShutdownMember
	items  []any
}

func (g *ShutdownGroup) watched() (all []watched) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		items := []any{m.item}
		for _, p := range m.probes {
			items = append(items, p)
		}
		all = append(all, watched{m, items})
	}
	return all
}
