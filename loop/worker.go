package loop

import (
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A worker is a goroutine that a loop has made to run handlers: a runner, or a coroutine. The
// program's workers are known by their goroutines, so a handler that passes no context on is
// recognized all the same. A handler of an inline loop runs on no worker but on its caller.
type worker struct {
	me     goroutine.ID
	number uint64               // of the goroutine, as tracebacks print it
	loop   atomic.Pointer[Loop] // while it has the role; a loop at rest may be collected
}

// newWorker registers the calling goroutine. It must call end.
func newWorker() *worker {
	w := &worker{me: goroutine.Current(), number: goroutine.Describe().Number}
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
