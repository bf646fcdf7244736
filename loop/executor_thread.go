package loop

import (
	"math"
	"runtime"
)

// A thread is the executor of a loop whose handlers belong to one OS thread. Like a
// runner it does not refer to its loop while it sleeps.
type thread struct {
	poller

	// Guarded by the loop's mutex. After the loop has been collected, only its cleanup is
	// left.
	started, dismissed bool
}

func newThread() *thread {
	th := new(thread)
	th.poller.init()
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

// main is the thread. The lock is never released, so the thread ends with the goroutine, and
// other goroutines do not find the state that C code has left on it.
func (th *thread) main() {
	lockThread()
	c := carrier{wait: func() *Loop { return th.wait(nil) }, state: threadState{locks: threadLocks}}
	defer c.exhume()
	defer c.clear()
	if l := th.wait(nil); l != nil {
		c.serve(c.coroutine(l, math.MaxInt))
	}
}
