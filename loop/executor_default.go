package loop

import (
	"runtime"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// maxIdle is the number of idle runners that a loop keeps. A loop needs one; more
// than one come to be only while handlers are in Await.
const maxIdle = 4

// A crew is the executor of most loops. It consists of runners: one at a time has the loop
// role, the others wait for work or are in Await. The loop's mutex guards it; after the loop
// has been collected, only the garbage collector's cleanup uses it.
type crew struct {
	idle    []*runner
	cleaned bool // the garbage collector is going to dismiss it
}

// A runner is a goroutine that runs handlers while it holds the loop role. An idle runner does
// not refer to its loop, which comes with the wake-up. So a loop that was dropped can be
// collected, and then its crew is dismissed.
type runner struct {
	wake chan *Loop // capacity 1: a runner may be woken before it has gone to sleep
}

func (c *crew) next(l *Loop, t *task) successor {
	if t.stage.Load() == stageAwaiting {
		l.resume(t)
		return (*comeback)(t)
	}
	l.running.number++
	return c.runner(l)
}

func (c *crew) revoke() bool   { return false }
func (c *crew) patience() int  { return 0 }
func (c *crew) String() string { return "goroutine" }

// dismiss ends the idle runners.
func (c *crew) dismiss() {
	for _, r := range c.idle {
		close(r.wake)
	}
	c.idle = nil
}

// runner returns an idle runner, a new one if there is none. l.mu is held.
func (c *crew) runner(l *Loop) *runner {
	if n := len(c.idle); n > 0 {
		r := c.idle[n-1]
		c.idle[n-1] = nil
		c.idle = c.idle[:n-1]
		return r
	}
	if !c.cleaned {
		c.cleaned = true
		runtime.AddCleanup(l, (*crew).dismiss, c)
	}
	r := &runner{wake: make(chan *Loop, 1)}
	go goroutine.Enter(r.main)
	return r
}

// retire makes r idle and reports whether there is room for it. l.mu is held.
func (c *crew) retire(l *Loop, r *runner) bool {
	if l.finished() || len(c.idle) == maxIdle {
		return false
	}
	c.idle = append(c.idle, r)
	return true
}

func (r *runner) takeOver(l *Loop) { r.wake <- l }

// main serves loops until dismissed.
func (r *runner) main() {
	w := newWorker(weak.Pointer[Loop]{})
	defer w.end()
	for l := range r.wake {
		if !l.serve(r, w) {
			return
		}
	}
}

// serve runs tasks until there are none or the role has passed to a handler that
// awaited. It reports whether r is idle now; if not, its goroutine ends.
func (l *Loop) serve(r *runner, w *worker) bool {
	w.assume(l)
	defer w.rest()
	lingered := false
	for {
		l.mu.Lock()
		l.clearCurrent()
		t := l.queue.first
		switch {
		case t == nil && !lingered && !l.closed.Load():
			// A caller with another call ready to make is usually the next
			// to run. Yielding to it once costs less than going to sleep and
			// being woken by it.
			l.mu.Unlock()
			lingered = true
			runtime.Gosched()
			continue
		case t == nil || l.inline && t.kind == kindCall && t.stage.Load() != stageAwaiting:
			// Nothing to do, or the caller of the next task runs it.
			l.role.free()
			idle := l.crew.retire(l, r)
			next := l.proceed()
			l.mu.Unlock()
			l.passTo(next)
			return idle
		case t.stage.Load() == stageAwaiting:
			l.resume(t)
			idle := l.crew.retire(l, r)
			l.mu.Unlock()
			t.turn.open()
			return idle
		}
		run := l.start(t)
		l.mu.Unlock()
		if run {
			lingered = false
			l.exec(t)
		}
	}
}
