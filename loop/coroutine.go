package loop

import "iter"

// A coroutine is a stack of its own for the handlers of a loop that has a host.
// The host's goroutine switches to it and back, so that all handlers run on the
// host's thread and one of them can be left in the middle, in Await, while others
// run.
//
// It is made of [iter.Pull], whose coroutines belong to the thread they were made
// on if that was locked. They are made and resumed by the host only.
type coroutine struct {
	task   *task // what to run next
	yield  func(struct{}) bool
	next   func() (struct{}, bool)
	stop   func()
	buried bool
}

// newCoroutine returns a coroutine that waits for its first task.
func newCoroutine() *coroutine {
	co := new(coroutine)
	co.next, co.stop = iter.Pull(func(yield func(struct{}) bool) {
		co.yield = yield
		for co.run() {
		}
	})
	return co
}

// run executes the coroutine's task and switches back to the host. It reports
// whether there will be another.
func (co *coroutine) run() bool {
	t := co.task
	t.loop.exec(t)
	co.task = nil
	return co.yield(struct{}{})
}

// pause switches from a handler back to the host, until the host resumes it.
func (co *coroutine) pause() { co.yield(struct{}{}) }

// bury switches back to the host for good. The handler has called Goexit, which
// would go on to end the host's goroutine if this one ended; so it stays, as a
// deferred call of a goroutine that never gets to its end.
func (co *coroutine) bury() {
	co.buried = true
	co.yield(struct{}{})
}
