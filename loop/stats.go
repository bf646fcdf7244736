package loop

import "sync/atomic"

// Stats is what a loop has done and is doing, as [Loop.Stats] found it.
//
// Every task is counted in Accepted or Refused, and every accepted task once
// more when it settles: Returned, Panicked, Exited, Canceled, Dropped or
// Abandoned.
type Stats struct {
	Accepted int64 // tasks that got a place in the queue
	Refused  int64 // tasks that did not: the loop was closed or full, or the context ended

	Returned  int64 // handlers that returned
	Panicked  int64 // handlers that panicked
	Exited    int64 // handlers that called runtime.Goexit
	Canceled  int64 // tasks withdrawn from the queue because their context ended
	Dropped   int64 // tasks taken out of the queue because the loop closed or shed them
	Abandoned int64 // calls whose caller left while the handler was running

	SpawnErrors int64 // errors returned by spawned handlers

	Queued   int // tasks in the queue now
	MaxQueue int // the most there have been
	Waiting  int // submitters waiting for room in the queue
	Running  int // handlers started and not ended, those in Await included
	Awaiting int // handlers that are in Await

	AbandonedRunning int // handlers that run although their callers have left

	QueueTime Histogram // from the submission of a task to the start of its handler
	RunTime   Histogram // how long handlers have held the loop role
}

// counters are the numbers that change outside the loop's mutex.
type counters struct {
	returned, panicked, exited   atomic.Int64
	canceled, dropped, abandoned atomic.Int64
	refused, spawnErrors         atomic.Int64
	left                         atomic.Int64 // abandoned and not ended

	selfCalls atomic.Int64 // run inside another call, or direct until they awaited
	running   atomic.Int64 // handlers started and not ended, but for a direct call
}

// ended counts a handler that has ended.
func (c *counters) ended(how ending) {
	switch how {
	case endReturn:
		c.returned.Add(1)
	case endPanic:
		c.panicked.Add(1)
	case endGoexit:
		c.exited.Add(1)
	}
}

// Stats returns a snapshot. It is cheap and may be called at any time by any
// goroutine; numbers that change while it is taken may be one apart.
func (l *Loop) Stats() Stats {
	if l == nil {
		return Stats{}
	}
	l.mu.Lock()
	s := Stats{
		Accepted: l.accepted + l.counters.selfCalls.Load() + l.role.calls(),
		Queued:   l.queued,
		MaxQueue: l.maxQueue,
		Waiting:  l.waitingRoom,
		Awaiting: l.awaiting,
	}
	l.mu.Unlock()
	if r := l.recorders.Load(); r != nil {
		s.QueueTime, s.RunTime = r.queueTime.histogram(), r.runTime.histogram()
	}
	c := &l.counters
	s.Running = int(c.running.Load())
	s.AbandonedRunning = int(max(c.left.Load(), 0)) // the end may be counted before the leaving
	if l.role.direct() {
		s.Running++
		s.Accepted++
	}
	s.Returned = c.returned.Load() + l.role.calls() - l.inlined.broken.Load()
	s.Panicked, s.Exited = c.panicked.Load(), c.exited.Load()
	s.Canceled, s.Dropped, s.Abandoned = c.canceled.Load(), c.dropped.Load(), c.abandoned.Load()
	s.Refused, s.SpawnErrors = c.refused.Load(), c.spawnErrors.Load()
	return s
}
