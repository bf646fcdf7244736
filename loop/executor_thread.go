package loop

import (
	"math"
	"runtime"
	"sync/atomic"
)

// Bounds of the polling that goes on before either side sleeps, in rounds of
// about a nanosecond. Waking a thread takes 20 to 50 µs where it was measured,
// so more than that is never worth it.
const (
	minPatience = 1 << 8
	maxPatience = 1 << 15
)

// A thread is the executor of a loop whose handlers belong to one OS thread. Like a
// runner it does not refer to its loop while it sleeps.
type thread struct {
	wake  chan *Loop   // capacity 1
	polls atomic.Int32 // how long to poll, between minPatience and maxPatience

	// Guarded by the loop's mutex. After the loop has been collected, only its cleanup is
	// left.
	started, dismissed bool
}

func newThread() *thread {
	th := &thread{wake: make(chan *Loop, 1)}
	th.polls.Store(minPatience)
	return th
}

func (th *thread) next(l *Loop, _ *task) successor {
	l.running.number++ // it is not who had the role before, see Live
	if !th.started {
		th.started = true
		runtime.AddCleanup(l, (*thread).dismiss, th)
		go th.main()
	}
	return th
}

func (th *thread) takeOver(l *Loop) { th.wake <- l }
func (th *thread) revoke() bool     { return false }
func (th *thread) String() string   { return "thread" }

// dismiss ends the thread when it has nothing to do.
func (th *thread) dismiss() {
	if !th.dismissed {
		th.dismissed = true
		close(th.wake)
	}
}

// patience returns the number of polls that was worth it lately, or 0 if there is no processor
// to poll on while another does the work.
func (th *thread) patience() int {
	if runtime.GOMAXPROCS(0) == 1 {
		return 0
	}
	return int(th.polls.Load())
}

// main is the thread. The lock is never released, so the thread ends with the goroutine, and
// other goroutines do not find the state that C code has left on it.
func (th *thread) main() {
	lockThread()
	c := carrier{wait: th.wait, state: threadState{locks: threadLocks}}
	defer c.exhume()
	defer c.clear()
	if l := th.wait(); l != nil {
		c.serve(c.coroutine(l, math.MaxInt))
	}
}

// wait returns the loop that has work, or nil at the end. It polls before it
// sleeps. Success makes it more patient the next time, failure less.
func (th *thread) wait() *Loop {
	n := th.patience()
	for range n {
		if len(th.wake) > 0 {
			th.polls.Store(int32(min(2*n, maxPatience)))
			return <-th.wake
		}
	}
	th.polls.Store(int32(max(n/2, minPatience)))
	return <-th.wake
}
