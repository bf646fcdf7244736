package loop

import "runtime"

// maxIdle is the number of idle runners that a loop keeps. A loop needs one; more
// than one come to be only while handlers are in Await.
const maxIdle = 4

// A runner is a goroutine that runs handlers while it holds the loop role. An
// idle runner does not refer to its loop: it learns it from whoever wakes it.
// So a loop that was dropped can be collected, and then its crew is dismissed.
type runner struct {
	wake    chan *Loop // capacity 1: a runner may be woken before it has gone to sleep
	number  uint64     // which its goroutine has on its stack
	spelled func()     // instead of main, to see how that looks
}

// A crew is the idle runners of a loop. The loop's mutex guards it; after the
// loop has been collected, only the garbage collector's cleanup has it.
type crew struct {
	idle []*runner
}

// dismiss ends the idle runners.
func (c *crew) dismiss() {
	for _, r := range c.idle {
		close(r.wake)
	}
	c.idle = nil
}

// main serves loops until dismissed.
//
//go:noinline
func (r *runner) main() {
	if r.spelled != nil {
		r.spelled()
		return
	}
	for l := range r.wake {
		if !l.serve(r) {
			return
		}
	}
}

// A baton is the loop role on its way to the next holder.
type baton struct {
	to   *runner // to run the queue
	back *task   // to go on after Await
	lead *task   // to be run by its own caller
	host host    // to run the queue of a loop that has no crew
}

// pass hands the role on. It is called without the mutex.
func (b baton) pass(l *Loop) {
	switch {
	case b.back != nil:
		b.back.turn.open()
	case b.lead != nil:
		b.lead.settled.open()
	case b.to != nil:
		b.to.wake <- l
	case b.host != nil:
		b.host.notify(l)
	}
}

// claim takes the loop role, if nobody holds it and there is something to do, for
// the one who is to do it. l.mu is held.
func (l *Loop) claim() baton {
	for t := l.queue.first; t != nil; t = l.queue.first {
		if !l.role.take(roleTaken) {
			return baton{}
		}
		switch {
		case l.host != nil:
			l.running.number++ // it is not who had the role before, see Live
			return baton{host: l.host}
		case t.stage.Load() == stageAwaiting:
			l.resume(t)
			return baton{back: t}
		case !l.inline || t.kind != kindCall:
			l.running.number++
			return baton{to: l.runner()}
		case l.start(t):
			t.lead = true
			l.fed(t)
			return baton{lead: t}
		}
		l.role.free() // t was withdrawn just now: try the next
	}
	return baton{}
}

// resume takes t, which comes back from Await, out of the queue. l.mu is held.
func (l *Loop) resume(t *task) {
	l.queue.remove(t)
	l.noteUnwaited(t, -1)
	l.current = t
	l.begins(t)
}

// runner returns an idle runner, a new one if there is none. l.mu is held.
func (l *Loop) runner() *runner {
	if n := len(l.crew.idle); n > 0 {
		r := l.crew.idle[n-1]
		l.crew.idle[n-1] = nil
		l.crew.idle = l.crew.idle[:n-1]
		return r
	}
	r := &runner{wake: make(chan *Loop, 1), number: numbers.Add(1)}
	go r.spell(r.number)
	return r
}

// retire makes r idle and reports whether there is room for it. l.mu is held.
func (l *Loop) retire(r *runner) bool {
	if l.finished() || len(l.crew.idle) == maxIdle {
		return false
	}
	l.crew.idle = append(l.crew.idle, r)
	return true
}

// serve runs tasks until there are none or the role has passed to a handler that
// awaited. It reports whether r is idle now; if not, its goroutine ends.
func (l *Loop) serve(r *runner) bool {
	lingered := false
	for {
		l.mu.Lock()
		l.ends()
		t := l.queue.first
		switch {
		case t == nil && !lingered && !l.stopping:
			// A caller with another call ready to make is usually the next
			// to run. Yielding to it once costs less than going to sleep and
			// being woken by it.
			l.mu.Unlock()
			lingered = true
			runtime.Gosched()
			continue
		case t == nil:
			l.role.free()
			idle := l.retire(r)
			l.finish()
			l.mu.Unlock()
			return idle
		case t.stage.Load() == stageAwaiting:
			l.resume(t)
			idle := l.retire(r)
			l.mu.Unlock()
			t.turn.open()
			return idle
		}
		if l.inline && t.kind == kindCall {
			// Its caller runs it.
			l.role.free()
			next := l.claim()
			idle := l.retire(r)
			l.mu.Unlock()
			next.pass(l)
			return idle
		}
		run := l.start(t)
		t.runner = r.number
		l.mu.Unlock()
		if run {
			lingered = false
			l.exec(t)
		}
	}
}

// start takes t out of the queue and reports whether it is to run: its caller may
// have withdrawn it at this moment. The swap stands inside the mutex because a
// caller who withdraws takes the mutex next, and must find then that nobody
// refers to the task any more. l.mu is held.
func (l *Loop) start(t *task) bool {
	l.unlink(t)
	if !t.state.CompareAndSwap(taskQueued, taskRunning) {
		return false
	}
	l.current = t
	l.started++
	t.noteStart()
	l.begins(t)
	t.stage.Store(stageRunning)
	l.counters.running.Add(1)
	return true
}

// finished reports whether the loop has stopped and nothing is left to do. l.mu
// is held.
func (l *Loop) finished() bool {
	return l.stopping && l.counters.running.Load() == 0 && l.queue.empty()
}

// finish announces the end if this is it. l.mu is held.
func (l *Loop) finish() {
	if l.role.held() || !l.finished() {
		return
	}
	if l.ended {
		return
	}
	l.kill(ErrClosed)
	l.crew.dismiss()
	l.ended = true
	close(l.done)
}
