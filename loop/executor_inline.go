package loop

import (
	"context"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// An inliner is the executor of a loop whose callers run their own handlers. The crew runs the
// tasks without a blocked caller.
type inliner struct{ *crew }

func (in inliner) next(l *Loop, t *task) successor {
	switch {
	case t.kind != kindCall || t.stage.Load() == stageAwaiting:
		return in.crew.next(l, t)
	case l.start(t):
		t.lead = true
		l.fed(t)
		return (*leader)(t)
	}
	return nil
}

func (inliner) String() string { return "inline" }

// An inlined is the state of a loop whose callers run their own handlers. It works as
// [sync.Mutex] does: a caller that finds the role free takes it, even if others are waiting in
// the queue already, because a goroutine that is running gets more done than one that must be
// woken first. A caller that has waited for starvation ends that, until the queue has been
// worked off.
//
// Only calls are overtaken and overtake: their callers wait for nothing but their turn. As
// soon as the queue holds another task, every caller enters the queue, since the submitter of
// that task may be the next caller, and the tasks of one goroutine stay in order.
type inlined struct {
	barred atomic.Bool // no overtaking: everybody into the queue
	wanted atomic.Bool // somebody is in the queue
	prod   atomic.Bool // somebody in the queue has been woken to try for the role

	resident atomic.Pointer[task] // the task of direct calls
	broken   atomic.Int64         // direct calls that did not return

	// Guarded by the loop's mutex.
	unwaited int  // tasks in the queue that are not calls
	starving bool // somebody has waited for too long
}

const (
	// looks is how often a caller looks for the role before it enters the queue, and gap the
	// rounds of an empty loop in between: in all two to three microseconds, about as long as
	// sync.Mutex spins. The gap makes it cheap, because each look takes the cache line with
	// the role away from its holder, which needs it for the next call.
	looks = 16
	gap   = 500
	// starvation is how long a caller may be overtaken; sync.Mutex has the same.
	starvation = time.Millisecond
)

// tryDirect takes the role of an inline loop for me, the calling goroutine, if it is free. It
// needs no mutex: it takes the role first and looks second whether that was allowed, and code
// that bars overtaking looks in the opposite order.
func (l *Loop) tryDirect(me goroutine.ID) bool {
	in := &l.inlined
	if in.barred.Load() {
		return false
	}
	if !l.role.takeDirect(me) && (l.role.heldBy(me) || !l.spin(me)) {
		return false
	}
	if in.barred.Load() {
		l.release()
		return false
	}
	return true
}

// spin waits a moment for the role and reports whether it got it.
func (l *Loop) spin(me goroutine.ID) bool {
	if runtime.GOMAXPROCS(0) == 1 {
		return false
	}
	for range looks {
		for range gap {
		}
		if !l.role.held() && !l.inlined.barred.Load() && l.role.takeDirect(me) {
			return true
		}
	}
	return false
}

// release gives the role back. It passes it on if overtaking is barred, and otherwise wakes
// the first in the queue to try for it.
func (l *Loop) release() {
	l.role.free()
	l.released()
}

// released completes release after the role of an inline loop has been given back.
func (l *Loop) released() {
	in := &l.inlined
	if in.barred.Load() {
		l.mu.Lock()
		next := l.proceed()
		l.mu.Unlock()
		l.passTo(next)
		return
	}
	if in.wanted.Load() && !in.prod.Swap(true) {
		l.mu.Lock()
		if t := l.queue.first; t != nil {
			t.wake.nudge()
		}
		l.mu.Unlock()
	}
}

// compete lets the calling goroutine, which is the caller of t and has been woken, try for the
// role. If it fails, the holder of the role will wake a caller again.
func (l *Loop) compete(t *task) {
	l.mu.Lock()
	l.inlined.prod.Store(false)
	next := l.contend(t)
	l.mu.Unlock()
	l.passTo(next)
}

// contend takes the role for t or, if overtaking is barred, for the first in the
// queue. l.mu is held.
func (l *Loop) contend(t *task) successor {
	if t.wake.isOpen() || l.overtake(t) {
		return nil
	}
	if time.Since(t.since) > starvation {
		l.inlined.starving = true
		l.noteQueue()
	}
	if !l.inlined.barred.Load() {
		return nil
	}
	// If the role was given back before the way was barred, it is free.
	return l.claim()
}

// overtake takes the role for t, a call in the queue, if it is free, regardless of the others
// in the queue, and reports whether it did. l.mu is held.
func (l *Loop) overtake(t *task) bool {
	if t.kind != kindCall || l.inlined.barred.Load() || t.links[linkQueue].list != &l.queue {
		return false
	}
	if !l.role.take() {
		return false
	}
	if !l.start(t) {
		l.role.free()
		return false
	}
	t.lead = true
	t.wake.open()
	return true
}

// fed notes that the role has been passed to t. If it has not waited for long, the
// hunger is over, and overtaking is allowed again. l.mu is held.
func (l *Loop) fed(t *task) {
	if l.inlined.starving && time.Since(t.since) < starvation {
		l.inlined.starving = false
		l.noteQueue()
	}
}

// noteUnwaited counts t, which has entered or left the queue. l.mu is held.
func (l *Loop) noteUnwaited(t *task, n int) {
	if n < 0 && l.inline {
		l.inlined.prod.Store(false) // it may have been t that was to try
	}
	if t.kind != kindCall || t.stage.Load() == stageAwaiting {
		l.inlined.unwaited += n
	}
	l.noteQueue()
}

// noteQueue keeps what direct calls look at without the mutex. l.mu is held.
func (l *Loop) noteQueue() {
	if !l.inline {
		return
	}
	in := &l.inlined
	in.starving = in.starving && !l.queue.empty()
	in.wanted.Store(!l.queue.empty())
	in.barred.Store(l.closed.Load() || in.starving || in.unwaited > 0)
}

// lead runs the handler of t, whose caller is the calling goroutine, which has been
// given the role for it.
func (l *Loop) lead(t *task) {
	l.role.assume(t.caller)
	t.lead = false
	t.wake.reset()
	l.exec(t)
	l.mu.Lock()
	l.clearCurrent()
	l.mu.Unlock()
	l.release()
}

// direct runs b in the calling goroutine, which has taken the role by tryDirect,
// and gives the role back. A panic is raised again as a caller gets it.
func (l *Loop) direct(ctx context.Context, b body) {
	t := l.inlined.resident.Load()
	if t == nil { // or the last one is in Await
		t = &task{loop: l, direct: true}
		t.state.Store(taskRunning)
		l.inlined.resident.Store(t)
	}
	t.body = b
	t.bind(ctx)
	hctx := context.Context(t.ctx)
	if counted := l.role.sampled(); counted || l.looked {
		hctx = t.beginDirect(counted)
	} else {
		t.forget()
	}
	returned := false
	defer func() {
		if !returned {
			l.directUnwound(t, b, recover())
		}
	}()
	enter(b, hctx)
	returned = true
	l.directEnded(t, endReturn, nil)
}

// directUnwound ends a direct call whose handler panicked with v or, if v is nil,
// called Goexit, which goes on in the caller: it is the same goroutine.
func (l *Loop) directUnwound(t *task, b body, v any) {
	if v == nil {
		l.directEnded(t, endGoexit, nil)
		return
	}
	failure := l.newPanicError(b, v)
	l.directEnded(t, endPanic, failure)
	failure.raise()
}

// directEnded settles a direct call.
func (l *Loop) directEnded(t *task, how ending, failure *PanicError) {
	t.noteEnd(how, true, failure)
	if l.slow != nil {
		pprof.SetGoroutineLabels(t.ctx.parent) // see mark
	}
	if l.inlined.resident.Load() == t {
		if how != endReturn {
			l.inlined.broken.Add(1)
			l.counters.ended(how)
		}
		l.role.freeDirect()
		l.released()
		return
	}
	// It has been in Await: since then it has been a task like any other.
	t.stage.Store(stageNone)
	l.counters.ended(how)
	l.counters.running.Add(-1)
	l.handOver()
}
