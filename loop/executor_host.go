package loop

import (
	"slices"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A carrier runs the handlers of a loop on one goroutine or thread: a thread of the
// loop's own, the goroutine that called Run, another event loop. Handlers run in
// coroutines, so that one of them can be left in the middle, in Await, while another
// coroutine serves the queue. The carrier switches between them; a handler that does not
// await costs no switch. It belongs to its goroutine and does not refer to the loop.
type carrier struct {
	wait   func() *Loop // waits for work; nil if the carrier must return instead
	state  threadState
	depth  int // the least number of callbacks that the host has had on its stack when it ran handlers
	idle   []*coroutine
	buried []*coroutine
}

// maxIdleCoroutines is the number of coroutines kept between bursts of Await.
const maxIdleCoroutines = 16

// A coroutine serves the queue of a loop on a stack of its own. It is made by [pull], and
// belongs to the thread it was made on if that was locked. A coroutine is made and resumed by
// its carrier only.
type coroutine struct {
	carrier *carrier
	state   threadState
	worker  *worker
	loop    *Loop // to serve when it is resumed
	limit   int   // how many tasks, before it pauses with more
	ran     int   // handlers so far
	report  pauseReport
	yield   func(struct{}) bool
	resume  func() (struct{}, bool)
	stop    func()
}

// A pauseReport is why a coroutine has switched to its carrier.
type pauseReport struct {
	reason pauseReason
	loop   *Loop
	left   int        // of its limit
	to     *coroutine // with pausedFor
}

type pauseReason uint8

const (
	pausedIdle  pauseReason = iota // there is nothing to do, and the role is free
	pausedMore                     // its limit is reached, and it has the role
	pausedAwait                    // its handler awaits
	pausedFor                      // a handler in another coroutine goes on
	pausedEver                     // its handler has called Goexit
	pausedOdd                      // who is left in the queue needs another state of its thread, and the role is free
)

// serve lets co run tasks, up to its limit, on the calling goroutine, and others in its place.
// It returns why it does not go on: pausedIdle, pausedMore or pausedOdd.
func (c *carrier) serve(co *coroutine) pauseReason {
	setThreadLocks(c.state.locks)
	for {
		_, _ = co.resume()
		r := co.report
		co.report = pauseReport{}
		switch r.reason {
		case pausedIdle, pausedMore, pausedOdd:
			c.keep(co)
			return r.reason
		case pausedAwait:
			co = c.coroutine(r.loop, r.left)
		case pausedFor:
			if r.to.state != co.state {
				r.to.resumeUnlocked()
				co.loop, co.limit = r.loop, r.left
				continue
			}
			c.keep(co)
			co = r.to
			co.limit = r.left
		case pausedEver:
			c.buried = append(c.buried, co)
			co = c.coroutine(r.loop, r.left)
		}
	}
}

// coroutine returns a coroutine that will serve l, which the calling goroutine has the role of.
func (c *carrier) coroutine(l *Loop, limit int) *coroutine {
	var co *coroutine
	if n := len(c.idle); n > 0 {
		co, c.idle = c.idle[n-1], c.idle[:n-1]
	} else {
		co = newCoroutine(c)
	}
	co.loop, co.limit = l, limit
	return co
}

// keep makes co idle, or ends it if there are enough.
func (c *carrier) keep(co *coroutine) {
	if len(c.idle) < maxIdleCoroutines {
		c.idle = append(c.idle, co)
		return
	}
	co.stop()
}

// clear ends the idle coroutines.
func (c *carrier) clear() {
	for _, co := range c.idle {
		co.stop()
	}
	c.idle = nil
}

// exhume lets the buried coroutines end. Each ends the calling goroutine too, so
// the rest is left to deferred calls, and it does not return if there are any.
func (c *carrier) exhume() {
	for _, co := range slices.Backward(c.buried) {
		defer co.stop()
	}
}

// newCoroutine returns a coroutine that waits for its first loop.
func newCoroutine(c *carrier) *coroutine {
	co := &coroutine{carrier: c, state: c.state}
	setThreadLocks(c.state.locks)
	co.resume, co.stop = pull(func(yield func(struct{}) bool) {
		co.yield = yield
		goroutine.Enter(co.main)
	})
	return co
}

// main serves loops until the coroutine is to end.
func (co *coroutine) main() {
	co.worker = newWorker(weak.Pointer[Loop]{})
	defer co.worker.end()
	for co.serve() {
	}
}

// serve runs tasks until there are none, and reports whether the coroutine may be used
// again.
func (co *coroutine) serve() bool {
	for l := co.begin(); l != nil; {
		l = co.step(l) // nothing else here keeps the loop from being collected
	}
	return co.pause()
}

// begin returns the loop that the carrier has given to the coroutine, and takes over its
// role.
func (co *coroutine) begin() *Loop {
	l := co.loop
	co.loop = nil
	if l != nil {
		co.worker.assume(l)
	}
	return l
}

// step runs one task, or lets the coroutine run whose turn it is. It returns the loop to go
// on with, or nil if the coroutine is to pause.
func (co *coroutine) step(l *Loop) *Loop {
	if co.limit == 0 {
		l.role.pass() // the coroutine may be ended before somebody takes over
		co.report = pauseReport{reason: pausedMore, loop: l}
		return nil
	}
	co.limit--
	l.mu.Lock()
	l.clearCurrent()
	t := co.first(l)
	switch {
	case t == nil && !l.queue.empty():
		l.role.free()
		l.mu.Unlock()
		co.report = pauseReport{reason: pausedOdd}
		return nil
	case t == nil:
		l.role.free()
		next := l.proceed()
		l.mu.Unlock()
		l.passTo(next)
		return co.rest()
	case t.stage.Load() == stageAwaiting:
		l.resume(t)
		l.mu.Unlock()
		co.report = pauseReport{reason: pausedFor, loop: l, left: co.limit, to: t.co}
		return co.standby()
	}
	run := l.start(t)
	l.mu.Unlock()
	if run {
		t.co = co
		co.resetLocks()
		l.exec(t)
	}
	return l
}

// first returns the first task in the queue of l that can run now. l.mu is held.
func (co *coroutine) first(l *Loop) *task {
	t := l.queue.first
	for t != nil && t.stage.Load() == stageAwaiting && !t.co.fits(co.state) {
		t = t.links[linkQueue].next
	}
	return t
}

// rest waits for work, if the carrier can wait, and returns the loop that has some.
func (co *coroutine) rest() *Loop {
	co.worker.rest()
	if co.carrier.wait == nil {
		return nil
	}
	co.loop = co.carrier.wait()
	return co.begin()
}

// standby switches to the carrier, and returns the loop to serve when the carrier resumes
// the coroutine.
func (co *coroutine) standby() *Loop {
	if !co.pause() {
		return nil
	}
	return co.begin()
}

// pause switches to the carrier, and returns when the carrier resumes the coroutine. It
// reports false if the coroutine is to end.
func (co *coroutine) pause() bool {
	co.worker.rest()
	setThreadLocks(co.state.locks)
	return co.yield(struct{}{})
}

// await switches to the carrier for a handler of l that awaits, until its turn has come.
func (co *coroutine) await(l *Loop) {
	co.report = pauseReport{reason: pausedAwait, loop: l, left: co.limit}
	co.pause()
	co.worker.assume(l)
}

// bury switches to the carrier for good. The handler has called Goexit, which
// would go on to end the carrier's goroutine if this one ended; so it stays, as a
// deferred call of a goroutine that never gets to its end.
func (co *coroutine) bury(l *Loop) {
	co.report = pauseReport{reason: pausedEver, loop: l, left: co.limit}
	co.pause()
}
