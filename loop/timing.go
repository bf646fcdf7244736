package loop

import "time"

// timing is when a task went through its steps, as [Loop.clock] tells the time, and
// what its observers keep with it.
type timing struct {
	told      bool // observers are told of the task
	on        bool // the task is timed: an observer wants it, or it is one of those that are
	counted   bool // it is one of those that are, so that it belongs into the histograms
	submitted int64
	started   int64
	left      int64 // for Await; 0 if it has the role
	awaited   int64
	data      []any // one for each observer
}

// clock is the time since the loop was made, in nanoseconds. It takes half as long as
// time.Now, and has no other use.
func (l *Loop) clock() int64 { return int64(time.Since(l.born)) }

// sampleAll is how many tasks of a loop are timed, all of them; of those that follow,
// one of sampleEvery is.
const (
	sampleAll   = 1024
	sampleEvery = 64
)

// sampled reports whether a task with n before it is one of those.
func sampled(n int64) bool { return n&(sampleEvery-1) == 0 || n < sampleAll }

// now returns the time for a step of t, or 0 if the task is not timed.
func (t *task) now() int64 {
	if !t.timing.on {
		return 0
	}
	return t.loop.clock()
}

// take makes a task a timed one from now on, if it is not.
func (tm *timing) take(l *Loop) {
	if !tm.on {
		tm.on, tm.submitted = true, l.clock()
		tm.started, tm.left, tm.awaited = 0, 0, 0
	}
}

// measure fills in the durations of an event.
func (tm *timing) measure(e *Event) {
	if tm.started == 0 {
		e.Queued = e.At - time.Duration(tm.submitted)
		return
	}
	e.Queued = time.Duration(tm.started - tm.submitted)
	e.Awaited = time.Duration(tm.awaited)
	if tm.left != 0 {
		e.Awaited += e.At - time.Duration(tm.left)
	}
	e.Ran = e.At - time.Duration(tm.started) - e.Awaited
}
