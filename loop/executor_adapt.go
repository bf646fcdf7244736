package loop

import (
	"errors"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// adaptBatch is how many tasks run in one function that is posted to another
// event loop, before that gets a turn.
const adaptBatch = 64

// Adapt returns a loop whose handlers run on another event loop, the host: that of a toolkit, an
// embedded VM, a game. post must hand a function to the host, from any goroutine and without
// waiting for it, and the host must run the functions one at a time, always on the same
// goroutine. [NewHosted] is the same for a host that the program runs itself.
//
// Handlers run on the host's own goroutine, so a toolkit that checks who calls it finds itself,
// and callbacks from C and loops inside of handlers, as those of dialogs, work. Such a handler
// cannot leave its goroutine to others: [Await], [Sleep] and [Future.Await] fail at once with
// [ErrCannotAwait], and the function is not called. [WithCoroutines] is for hosts that do not
// mind: handlers can await there. A handler that calls [runtime.Goexit] ends the host's
// goroutine; the loop is closed then.
//
// From the first function that the host has run on, its goroutine is known, and is on the loop in
// its own callbacks too: a call from there runs in place. It does not wait for the tasks in the
// queue, which the host cannot run meanwhile. Futures and spawned functions are queued. A call of
// another loop that cannot end before the host goes on is a [*DeadlockError] at once. The same
// goroutine is meant, and not a later one in its place: each such call takes about a microsecond
// to find that out. Inside of the function that NewHosted returns it takes nanoseconds.
//
// Close or shut down the Loop before the host ends. If the host drops a function, the loop posts
// another one a second later, and then after ever longer times; [Loop.Live] reports a host that
// does not come round to it. A function that is run a second time does nothing. If post panics,
// the callers that are in the queue get the panic, and the next call tries again.
//
// [WithInline] and [WithThread] panic here.
func Adapt(post func(func()), opts ...Option) *Loop {
	if post == nil {
		panic("loop: Adapt needs a function that posts")
	}
	return newAdapted(&adapter{post: post, state: hostRuns}, "Adapt", opts)
}

func newAdapted(a *adapter, function string, opts []Option) *Loop {
	a.depth = math.MaxInt
	return New(append(opts[:len(opts):len(opts)], withHost(a, function))...)
}

// An adapter is the executor of a loop that runs on another.
type adapter struct {
	post       func(func())
	coroutines bool
	home       home
	retrying   atomic.Bool // a retry is due

	mu       sync.Mutex
	state    hostState
	again    chan struct{} // after the host's end: there is a posting; capacity 1
	stolen   int           // claims of the role that the host's goroutine has taken over before takeOver
	posted   *posting      // which has the role, or is about to get it
	depth    int           // see carrier
	watch    *time.Timer
	watching bool          // watch is running
	patient  time.Duration // how long the watch waits
}

// A hostState is whether functions can be posted.
type hostState uint8

const (
	hostAwaited hostState = iota // not yet
	hostRuns
	hostEnded  // not any more
	hostFrames // never: the program comes for them
)

// A posting is one function that was posted.
type posting struct {
	begun  bool
	failed atomic.Bool   // posting it has failed, so it has not begun in truth
	old    bool          // the watch has seen it
	poster atomic.Uint64 // the goroutine that is in post with it now, see self, or 0
}

// configure takes the options that are for hosts.
func (a *adapter) configure(c *config, l *Loop) {
	a.coroutines = c.coroutines
	a.again = make(chan struct{}, 1)
	a.home.registration = new(registration)
	l.home = &a.home
	runtime.AddCleanup(l, (*registration).clear, a.home.registration)
	if c.hostRequired {
		l.capacity = 0 // see unavailable
	}
}

func (a *adapter) next(l *Loop, _ *task) successor {
	l.running.number++ // it is not who had the role before, see Live
	return a
}

func (a *adapter) patience() int  { return 0 }
func (a *adapter) dismiss()       { a.home.leave() }
func (a *adapter) String() string { return "host" }

// revoke takes the role back from a function that has not been run yet.
func (a *adapter) revoke() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.posted == nil || a.posted.begun {
		return false
	}
	a.posted = nil
	return true
}

// takeOver posts a function that runs a batch, and posts the next if there is more to do.
func (a *adapter) takeOver(l *Loop) {
	a.mu.Lock()
	if a.stolen > 0 {
		a.stolen--
		a.mu.Unlock()
		return
	}
	p := new(posting)
	a.posted = p
	state := a.state
	if state == hostRuns {
		a.startWatch(l)
	}
	a.mu.Unlock()
	switch state {
	case hostRuns:
		a.postFunction(l, p)
	case hostEnded:
		signal(a.again)
	}
}

// steal takes the role over for the host's goroutine from a function that has not begun, or is
// about to be posted. l.mu is held.
func (a *adapter) steal() {
	if a.revoke() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stolen++
}

// postFunction posts the function of p.
func (a *adapter) postFunction(l *Loop, p *posting) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if a.begin(p) {
			p.failed.Store(true)
			l.hostFailed(v, debug.Stack())
		} else if v != nil && a.ran(p) {
			panic(v) // of the other loop, which runs functions at once
		}
	}()
	p.poster.Store(self())
	defer p.poster.Store(0)
	a.post(func() {
		if a.begin(p) {
			a.run(l, p)
		}
	})
	returned = true
}

// atOnce reports whether the host runs the function in the goroutine that posts it, which is not
// the host's goroutine then.
func (p *posting) atOnce() bool {
	poster := p.poster.Load()
	return poster != 0 && poster == self()
}

// self identifies the calling goroutine among those that are alive.
func self() uint64 {
	if me := goroutine.Current(); !me.Anonymous() {
		return uint64(me)
	}
	return goroutine.Describe().Number
}

// begin reports whether the function of p is to be run: it has not been run before, and
// the role was not taken back.
func (a *adapter) begin(p *posting) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.posted != p || p.begun {
		return false
	}
	p.begun = true
	return true
}

// ran reports whether the host has run the function of p.
func (a *adapter) ran(p *posting) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return p.begun && !p.failed.Load()
}

// run runs a batch in the calling goroutine, which is the host's. A carrier is not kept, because
// nothing would end its coroutines later.
func (a *adapter) run(l *Loop, p *posting) {
	atOnce := p.atOnce()
	goroutine.Enter(func() {
		w, leave := a.occupant(l, atOnce)
		defer leave()
		if a.coroutines {
			a.runCoroutines(l)
		} else if l.serveHere(w, adaptBatch, time.Time{}) {
			a.takeOver(l)
		}
	})
}

// occupant returns the worker that the calling goroutine is, and what has to be done at the end of
// the posted function.
func (a *adapter) occupant(l *Loop, atOnce bool) (w *worker, leave func()) {
	if atOnce {
		w = newWorker(weak.Pointer[Loop]{})
		return w, w.end
	}
	return a.home.enter(l)
}

func (a *adapter) runCoroutines(l *Loop) {
	c := a.carrier()
	why := c.serve(c.coroutine(l, adaptBatch))
	c.clear()
	switch why {
	case pausedMore:
		a.takeOver(l)
	case pausedOdd:
		a.retry(l)
	}
}

// carrier returns a carrier for the calling goroutine.
func (a *adapter) carrier() *carrier {
	f := threadState{callbacks: goroutine.Callbacks()}
	if goroutine.Describe().Locked {
		f.locks = threadLocks
	}
	setThreadLocks(f.locks)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.depth = min(a.depth, f.callbacks)
	return &carrier{state: f, depth: a.depth}
}

// retryPeriod is how often handlers that need another state of their thread try to go on. It
// is short for a user who has just closed a dialog, and long for a processor.
const retryPeriod = 10 * time.Millisecond

// retry posts a function in a while, for the handlers that could not go on in this one: the
// host has called C, which runs a loop inside of its loop, as dialogs do.
func (a *adapter) retry(l *Loop) {
	if a.retrying.Swap(true) {
		return
	}
	time.AfterFunc(retryPeriod, func() {
		a.retrying.Store(false)
		l.mu.Lock()
		next := l.claim()
		l.mu.Unlock()
		l.passTo(next)
	})
}

// errPostExited is the panic of callers whose function was not posted for want of a goroutine.
var errPostExited = errors.New("the function that posts has called runtime.Goexit")

// hostFailed settles the tasks in the queue of a loop whose host cannot be reached: posting to
// it has panicked with v, or called Goexit if v is nil. Handlers that have been started stay,
// to go on when it can be reached again. Tasks that wait for room try again.
func (l *Loop) hostFailed(v any, stack []byte) {
	if v == nil {
		v = errPostExited
	}
	l.mu.Lock()
	l.finalTask = nil // if it waits, it is settled with the rest, so that the loop can end
	failed := l.clear()
	l.role.free()
	l.moveUp()
	var next successor
	if l.queued > 0 || l.queue.empty() {
		next = l.proceed()
	}
	l.mu.Unlock()
	defer l.passTo(next)
	each(failed, func(t *task) {
		l.counters.dropped.Add(1)
		t.fail(&PanicError{Value: v, Handler: t.body.Name(), Position: t.body.Position(), Loop: l.Name(), Stack: string(stack)})
	})
}
