package loop

import (
	"context"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/door"
	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A home is the goroutine of a loop's host, as far as it is known. It is on the loop also where it
// runs no handler: in the host's own callbacks.
type home struct {
	known        atomic.Pointer[resident]
	registration *registration
}

// A resident is a goroutine that is a home.
type resident struct {
	me      goroutine.ID
	number  uint64 // of the goroutine
	settled bool   // it is inside of the function that runs the host, so it has not ended
	worker  *worker
	visit   *task // stands for it in the graph
}

// A registration holds the worker that a home is: a wait of it is noted in the graph at once. It
// does not refer to the loop.
type registration struct {
	mu     sync.Mutex
	worker *worker
}

// set replaces the worker.
func (r *registration) set(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.worker != nil {
		r.worker.end()
	}
	r.worker = w
}

func (r *registration) clear() { r.set(nil) }

// enter notes that the calling goroutine is the host's, while the host runs a function that was
// posted, and returns its worker and what has to be done at the end of that.
func (h *home) enter(l *Loop) (w *worker, leave func()) {
	me := goroutine.Current()
	r := h.known.Load()
	if r == nil || !r.is(me) {
		r = h.register(l, false)
	}
	if r.settled || !goroutine.Temporary {
		return r.worker, func() {}
	}
	return r.worker, h.registration.clear // its identity ends here
}

// settle notes that the calling goroutine is the host's until leave is called.
func (h *home) settle(l *Loop) { h.register(l, true) }

func (h *home) register(l *Loop, settled bool) *resident {
	w := newWorker(weak.Make(l))
	h.registration.set(w)
	r := &resident{me: w.me, number: w.number, settled: settled, worker: w, visit: newVisit(l)}
	h.known.Store(r)
	return r
}

// leave notes that there is no host any more.
func (h *home) leave() {
	h.known.Store(nil)
	h.registration.clear()
}

// is reports whether the calling goroutine, me, is the resident. A goroutine that has ended leaves
// its identity to another; the number of a goroutine is never used again.
func (r *resident) is(me goroutine.ID) bool {
	if r.me == me && r.settled {
		return true
	}
	return (r.me == me || me.Anonymous()) && goroutine.Describe().Number == r.number
}

// of returns the resident if that is the calling goroutine, me.
func (h *home) of(me goroutine.ID) *resident {
	if h == nil {
		return nil
	}
	if r := h.known.Load(); r != nil && r.is(me) {
		return r
	}
	return nil
}

// A visit is the body of the task that stands for the host's own work where that makes calls. It
// never runs.
type visit struct {
	door.Sealed
	loop *Loop
}

func newVisit(l *Loop) *task {
	t := &task{loop: l, kind: kindSpawn, body: &visit{loop: l}, wake: newGate()}
	t.bind(context.Background())
	t.state.Store(taskRunning)
	return t
}

func (v *visit) Name() string        { return "a callback of the host" }
func (v *visit) Position() string    { return "" }
func (v *visit) Where() string       { return "" }
func (v *visit) Run(context.Context) {}
func (v *visit) Err() error          { return nil }

// isVisit reports whether t stands for the own work of a host.
func (t *task) isVisit() bool {
	_, ok := t.body.(*visit)
	return ok
}

// callAtHome is call for the host's goroutine, outside of handlers. It is not inlined, to keep it
// out of the way of other calls.
//
//go:noinline
func (l *Loop) callAtHome(ctx context.Context, r *resident, b body) (err error) {
	goroutine.Enter(func() {
		if !l.enterHome(r) {
			err = l.turnAway(ctx, b, ModeCall, l.refused(b, ErrClosed))
			return
		}
		defer l.leaveHome()
		l.self(ctx, b)
	})
	return err
}

// enterHome takes the role for the host's goroutine, which is not running a handler, so that no
// other is, or reports false if the loop is closed.
func (l *Loop) enterHome(r *resident) bool {
	me := goroutine.Current()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		return false
	}
	if !l.role.takeFor(me) {
		l.executor.(*adapter).steal()
		l.role.assume(me)
	}
	l.current = r.visit
	r.visit.stage.Store(stageRunning)
	l.begins(r.visit)
	r.worker.loop.Store(l)
	return true
}

// leaveHome gives the role back.
func (l *Loop) leaveHome() {
	if r := l.home.known.Load(); r != nil {
		r.visit.stage.Store(stageNone)
		r.worker.rest()
	}
	l.handOver()
}

// serveHere runs tasks in the calling goroutine, the worker w, for which the role was taken: limit of them, if limit is positive, and until the time is up, if until is not zero, but
// at least one. It reports whether there is more to do; then the role is on its way to whoever
// does it.
func (l *Loop) serveHere(w *worker, limit int, until time.Time) (more bool) {
	w.assume(l)
	if l.slow != nil {
		defer pprof.SetGoroutineLabels(context.Background()) // see mark
	}
	exits := true
	defer func() {
		if exits { // a handler has called Goexit, and the host's goroutine ends
			l.stop(true)
		}
	}()
	for n := 1; ; n++ {
		l.mu.Lock()
		l.clearCurrent()
		t := l.queue.first
		if t == nil {
			l.role.free()
			next := l.proceed()
			l.mu.Unlock()
			w.rest()
			exits = false
			l.passTo(next)
			return false
		}
		run := l.start(t)
		l.mu.Unlock()
		if run {
			l.exec(t)
		}
		if n == limit || !until.IsZero() && !time.Now().Before(until) {
			l.mu.Lock()
			l.clearCurrent()
			l.role.pass()
			l.mu.Unlock()
			w.rest()
			exits = false
			return true
		}
	}
}
