package loop

import (
	"context"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// An executor runs the handlers of a loop. There are five: goroutines of the loop, its
// callers, a thread, the goroutine that calls Run, and another event loop.
type executor interface {
	// next returns the successor that runs t, the first task of the queue. The role has been
	// taken for it. It returns nil if t was withdrawn at this moment. l.mu is held.
	next(l *Loop, t *task) successor
	// revoke takes the role back from a successor that may never come, and reports
	// whether it did. l.mu is held.
	revoke() bool
	// patience returns how often a caller polls before it sleeps.
	patience() int
	// dismiss ends the goroutines that wait for work. It is called when the loop has
	// ended, or has been collected.
	dismiss()
	// String returns the name that a [Snapshot] has for it.
	String() string
}

// A successor takes the loop role over. takeOver is called without the mutex.
type successor interface{ takeOver(l *Loop) }

// passTo hands the role to next, if there is a next.
func (l *Loop) passTo(next successor) {
	if next != nil {
		next.takeOver(l)
	}
}

// A comeback is a task that goes on after Await.
type comeback task

func (t *comeback) takeOver(*Loop) { t.turn.open() }

// A leader is a task that is run by its own caller.
type leader task

func (t *leader) takeOver(*Loop) { t.wake.open() }

// claim takes the loop role, if it is free and there is something to do, and returns its
// successor. l.mu is held.
func (l *Loop) claim() successor {
	for t := l.queue.first; t != nil; t = l.queue.first {
		if !l.role.take() {
			return nil
		}
		if next := l.executor.next(l, t); next != nil {
			return next
		}
		l.role.free() // t was withdrawn: try the next
	}
	return nil
}

// proceed is claim, and ends the loop if it was the last thing to do. l.mu is held.
func (l *Loop) proceed() successor {
	if next := l.claim(); next != nil {
		return next
	}
	return l.finish()
}

// resume takes t, which comes back from Await, out of the queue and gives it the role.
// l.mu is held.
func (l *Loop) resume(t *task) {
	l.queue.remove(t)
	l.noteUnwaited(t, -1)
	l.role.pass()
	l.current = t
	l.begins(t)
}

// start takes t out of the queue and reports whether it is to run: its caller may have
// withdrawn it at this moment. The swap is made inside the mutex because a caller that
// withdraws takes the mutex next, and nothing may refer to the task any more then. l.mu is
// held.
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
	return l.closed.Load() && l.counters.running.Load() == 0 && l.queue.empty()
}

// finish ends the loop if nothing is left to do, or returns the successor that runs its final
// function. l.mu is held.
func (l *Loop) finish() successor {
	if l.ended || l.role.held() || !l.finished() {
		return nil
	}
	if f := l.final; f != nil {
		l.final = nil
		l.finalTask = l.newTask(context.Background(), &procedure{fn: f}, kindSpawn, true)
		l.admit(l.finalTask)
		return l.claim()
	}
	l.life.end()
	l.executor.dismiss()
	l.ended = true
	close(l.done)
	return nil
}

// handOver passes the role of the calling goroutine to the next in the queue.
func (l *Loop) handOver() {
	l.mu.Lock()
	l.clearCurrent()
	l.role.free()
	next := l.proceed()
	l.mu.Unlock()
	l.passTo(next)
}

// A worker is a goroutine that a loop has made to run handlers: a runner, or a coroutine. The
// program's workers are known by their goroutines, so a handler that passes no context on is
// recognized all the same. A handler of an inline loop runs on no worker but on its caller.
type worker struct {
	me     goroutine.ID
	number uint64               // of the goroutine, as tracebacks print it
	loop   atomic.Pointer[Loop] // while it has the role; a loop at rest may be collected
	home   weak.Pointer[Loop]   // the loop whose host's goroutine it is, if it is one
}

// newWorker registers the calling goroutine. It must call end.
func newWorker(home weak.Pointer[Loop]) *worker {
	w := &worker{me: goroutine.Current(), number: goroutine.Describe().Number, home: home}
	s := workers.shard(w.me)
	s.Lock()
	defer s.Unlock()
	if s.workers == nil {
		s.workers = make(map[goroutine.ID]*worker)
	}
	s.workers[w.me] = w
	return w
}

// end removes the registration.
func (w *worker) end() {
	s := workers.shard(w.me)
	s.Lock()
	defer s.Unlock()
	delete(s.workers, w.me)
}

// assume takes over the role of l, which was taken for the worker.
func (w *worker) assume(l *Loop) {
	w.loop.Store(l)
	l.role.assume(w.me)
}

// rest notes that the worker has no role.
func (w *worker) rest() { w.loop.Store(nil) }

// workers are those of the program. Loops touch them when they start and end a goroutine, and
// goroutines that are about to sleep.
var workers workerSet

type workerSet [16]struct {
	sync.RWMutex
	workers map[goroutine.ID]*worker
}

func (ws *workerSet) shard(me goroutine.ID) *struct {
	sync.RWMutex
	workers map[goroutine.ID]*worker
} {
	return &ws[me>>9%16]
}

// find returns the worker that the goroutine me is, or nil.
func (ws *workerSet) find(me goroutine.ID) *worker {
	s := ws.shard(me)
	s.RLock()
	defer s.RUnlock()
	return s.workers[me]
}

// visit returns the task that stands for the goroutine me, which is the calling one, if that is
// the goroutine of a host, or nil.
func (ws *workerSet) visit(me goroutine.ID) *task {
	w := ws.find(me)
	if w == nil {
		return nil
	}
	if l := w.home.Value(); l != nil {
		if r := l.home.of(me); r != nil {
			return r.visit
		}
	}
	return nil
}

// task returns the task whose handler the goroutine me, which is the calling one, runs with
// the role of its loop, or nil.
func (ws *workerSet) task(me goroutine.ID) *task {
	w := ws.find(me)
	if w == nil {
		return nil
	}
	l := w.loop.Load()
	if l == nil || !l.role.heldBy(me) {
		return nil
	}
	return l.current
}
