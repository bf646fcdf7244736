package loop

import (
	"runtime/debug"
	"sync"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// adaptBatch is how many tasks run in one function that is posted to another
// event loop, before that gets a turn.
const adaptBatch = 64

// Adapt returns a loop whose handlers run on somebody else's event loop. post must
// hand a function to that loop, from any goroutine and without waiting for it, and
// the loop must run the functions one at a time, always on the same goroutine, as
// goja's RunOnLoop and glib's IdleAdd do.
//
// Handlers run in coroutines of that goroutine's thread, see [WithThread]: on the
// right thread, but with a goroutine of their own. A toolkit that recognizes its
// goroutine by number instead of its thread takes them for strangers. The
// executor options do not apply.
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
	return New(append(opts[:len(opts):len(opts)], withHost(&adapter{post: post}))...)
}

// An adapter is the executor of a loop that runs on another. The carrier is used by the
// posted functions only, one at a time.
type adapter struct {
	post    func(func())
	carrier carrier

	mu     sync.Mutex
	posted *posting // which has the role, or is about to get it
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
	defer func() {
		switch v := recover(); {
		case v == nil:
		case a.begin(p):
			l.hostFailed(v, debug.Stack())
		case p.begun:
			panic(v) // of the other loop, which runs functions at once
		}
	}()
	a.post(func() {
		if a.begin(p) {
			a.run(l)
		}
	})
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

// run runs a batch. No coroutine is kept beyond that: nobody would be there to end it.
func (a *adapter) run(l *Loop) {
	a.carrier.locks = 0
	if goroutine.Describe().Locked {
		a.carrier.locks = threadLocks
	}
	if a.carrier.serve(l, adaptBatch) {
		l.role.pass()
		a.takeOver(l)
		return
	}
	a.carrier.clear()
}

// hostFailed settles what is in the queue of a loop whose host cannot be reached: posting to it
// has panicked with v. Handlers that have been started stay, to go on when it can be reached
// again.
func (l *Loop) hostFailed(v any, stack []byte) {
	l.mu.Lock()
	failed := l.clear()
	l.role.free()
	l.mu.Unlock()
	for _, t := range failed {
		failure := &PanicError{Value: v, Handler: t.body.name(), Position: t.body.position(), Loop: l.Name(), Stack: stack}
		l.counters.dropped.Add(1)
		t.fail(failure)
	}
}
