package loop

import "context"

// A call ends early in two ways: it is withdrawn while it is queued, or abandoned while its
// handler runs. The first to change the state of the task decides: the blocked caller, which
// notices the end of its context in doze; a canceler, for tasks without a blocked caller; or
// the loop, which starts, refuses or settles the task.

// abandon decides that the caller leaves the handler alone, and reports whether it
// was still running.
func (t *task) abandon() bool {
	if !t.state.CompareAndSwap(taskRunning, taskAbandoned) {
		return false
	}
	t.loop.counters.abandoned.Add(1)
	t.loop.counters.left.Add(1)
	t.noteAbandoned()
	return true
}

// withdraw decides that the task will not run because its caller's context has
// ended, frees its place, and reports whether it came in time. noteWithdrawn follows.
func (t *task) withdraw() bool {
	if !t.state.CompareAndSwap(taskQueued, taskWithdrawn) {
		return false
	}
	l := t.loop
	l.mu.Lock()
	l.unlink(t)
	next := l.claim()
	l.mu.Unlock()
	l.passTo(next)
	if t.accepted {
		l.counters.canceled.Add(1)
	} else {
		l.counters.refused.Add(1)
	}
	return true
}

// How a sleep ended.
type slept uint8

const (
	sleptOpen      slept = iota // the gate is open
	sleptWithdrawn              // the context ended and the task will not run
	sleptAbandoned              // the context ended and the handler runs on without its caller
	sleptAsked                  // the loop is stuck and the caller is to look for a deadlock
)

// sleep blocks the calling goroutine until the gate of t opens. If wait ends first, sleep
// withdraws the task; if its handler runs, sleep leaves it if abandon is true, and waits for
// it otherwise. The call came with ctx.
//
// A blocked caller costs its frame and those above it: 100,000 of them fit into stacks of 2 KB
// only because everything for handlers is in another function.
func (l *Loop) sleep(wait, ctx context.Context, t *task, kind WaitKind, abandon bool) slept {
	l.pulse.arm(l)
	if l.inline && t.kind == kindCall {
		l.compete(t) // the role may have come free before there was somebody to wake
	}
	if c := currentContext(ctx); (c == nil || !c.inFlight()) && workers.find(t.caller) == nil {
		if how := l.doze(wait, t, abandon, true); how != sleptAsked {
			return how
		}
	}
	return l.sleepAsHandler(wait, ctx, t, kind, abandon)
}

// sleepAsHandler is sleep for a caller that may be a handler itself. It notes in the graph
// that the handler waits. Where neither the context nor the goroutine leads to the handler,
// that happens when the loop has been stuck for a while and the pulse has woken the caller.
//
//go:noinline
func (l *Loop) sleepAsHandler(wait, ctx context.Context, t *task, kind WaitKind, abandon bool) slept {
	edge := waitEdge{kind: kind, target: l, task: t}
	var w *waiting
	defer func() { w.end() }()
	how := sleptAsked
	if t.asked.Load() == askedNot {
		w = beginWait(ctx, edge)
		how = l.doze(wait, t, abandon, true)
	}
	if how == sleptAsked {
		w = w.search(edge, t.asked.Load() == askedHandler)
		how = l.doze(wait, t, abandon, false)
	}
	return how
}

// doze blocks until the gate of t opens or ctx ends, or, if ask is true, until the pulse wakes
// the caller to look for a deadlock.
func (l *Loop) doze(ctx context.Context, t *task, abandon, ask bool) slept {
	done := ctx.Done()
	for !t.wake.isOpen() {
		woken := t.wake.wait(done)
		if woken && l.inline && t.kind == kindCall {
			l.compete(t)
		}
		switch {
		case woken && ask && t.asked.Load() != askedNot && !t.wake.isOpen():
			return sleptAsked
		case woken:
		case t.withdraw():
			t.noteWithdrawn(nil)
			return sleptWithdrawn
		case abandon && t.abandon():
			return sleptAbandoned
		default:
			done = nil
		}
	}
	return sleptOpen
}
