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

// A thread is the host of a loop whose handlers belong to one OS thread. Like a
// runner it does not refer to its loop while it sleeps.
type thread struct {
	runner
	polls atomic.Int32 // how long to poll, between minPatience and maxPatience
}

// newThread starts the thread of l.
func newThread(l *Loop) *thread {
	th := &thread{runner: runner{wake: make(chan *Loop, 1)}}
	th.polls.Store(minPatience)
	l.crew.idle = append(l.crew.idle, &th.runner)
	go th.main()
	return th
}

func (th *thread) notify(l *Loop) { th.wake <- l }

// patience is what has been worth it lately, or nothing if there is no processor
// to poll on while another does the work.
func (th *thread) patience() int {
	if runtime.GOMAXPROCS(0) == 1 {
		return 0
	}
	return int(th.polls.Load())
}

// main is the thread. The lock is never released, so the thread ends with the
// goroutine, and whatever C code has left on it is not found by other goroutines.
func (th *thread) main() {
	runtime.LockOSThread()
	var s stage
	defer s.exhume()
	defer s.clear()
	for l := th.next(); l != nil; l = th.next() {
		for s.pump(l, math.MaxInt) {
		}
	}
}

// next returns the loop that has work, or nil at the end. It polls before it
// sleeps. Success makes it more patient the next time, failure less.
func (th *thread) next() *Loop {
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
