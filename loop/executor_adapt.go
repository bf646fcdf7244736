package loop

import (
	"errors"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// adaptBatch is how many tasks run in one function that is posted to another
// event loop, before that gets a turn.
const adaptBatch = 64

// Adapt returns a loop whose handlers run on another event loop. post must hand a function to
// that loop, from any goroutine and without waiting for it, and the loop must run the
// functions one at a time, always on the same goroutine, as goja's RunOnLoop and glib's
// IdleAdd do.
//
// Handlers run in coroutines of that goroutine's thread, see [WithThread]: on the
// right thread, but with a goroutine of their own. A toolkit that recognizes its
// goroutine by number instead of its thread takes them for strangers. The
// executor options do not apply. A goroutine that is locked to its thread stays locked, also
// if it calls [runtime.UnlockOSThread] as often as it had locked it.
//
// If C code on that goroutine runs a loop inside of the other loop, as dialogs do, and runs
// posted functions there, handlers that are in Await go on after it has returned, and Await
// fails with [ErrCannotAwait] in the handlers that are started meanwhile.
//
// Close or shut down the Loop before the other one ends: functions that are posted
// and never run leave their callers waiting until their contexts end or the Loop is
// closed. A function given to [WithFinal] is posted too, so Done stays open if the other
// loop does not run it. If post panics, the callers that are in the queue get the panic,
// and the next call tries again. A function that is run a second time does nothing. A
// handler that calls [runtime.Goexit] leaves a goroutine behind, which waits for ever.
func Adapt(post func(func()), opts ...Option) *Loop {
	if post == nil {
		panic("loop: Adapt needs a function that posts")
	}
	return New(append(opts[:len(opts):len(opts)], withHost(&adapter{post: post, depth: math.MaxInt}, "Adapt"))...)
}

// An adapter is the executor of a loop that runs on another.
type adapter struct {
	post     func(func())
	retrying atomic.Bool // a retry is due

	mu     sync.Mutex
	posted *posting // which has the role, or is about to get it
	depth  int      // see carrier
}

// A posting is one function that was posted.
type posting struct{ begun bool }

func (a *adapter) next(l *Loop, _ *task) successor {
	l.running.number++ // it is not who had the role before, see Live
	return a
}

func (a *adapter) patience() int  { return 0 }
func (a *adapter) dismiss()       {}
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
	p := new(posting)
	a.mu.Lock()
	a.posted = p
	a.mu.Unlock()
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if a.begin(p) {
			l.hostFailed(v, debug.Stack())
		} else if p.begun && v != nil {
			panic(v) // of the other loop, which runs functions at once
		}
	}()
	a.post(func() {
		if a.begin(p) {
			a.run(l)
		}
	})
	returned = true
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

// run runs a batch. Its carrier is not kept, because nothing would end the coroutines later.
func (a *adapter) run(l *Loop) {
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
