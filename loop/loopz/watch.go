package loopz

import (
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// interval is the shortest time between two states.
const interval = 500 * time.Millisecond

// share is how many times as long as taking a state the pause after it is, at least.
const share = 20

// A watch takes the states. All clients share them: a client that comes within the interval
// gets the last one, so that a crowd of them costs the loops as much as one.
type watch struct {
	source  source
	program string
	clock   func() time.Time

	mu   sync.Mutex
	last *state
	next time.Time // before that, last is good enough
}

func newWatch(from source, clock func() time.Time) *watch {
	return &watch{source: from, program: programName(), clock: clock}
}

// now returns a state that is at most as old as the interval.
func (w *watch) now() *state {
	w.mu.Lock()
	defer w.mu.Unlock()
	start := w.clock()
	if w.last != nil && start.Before(w.next) {
		return w.last
	}
	w.last = w.take(start, w.last)
	w.next = start.Add(max(interval, share*w.clock().Sub(start)))
	return w.last
}

// pause returns how long it takes until there is a state after the last one.
func (w *watch) pause() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(w.next.Sub(w.clock()), 0)
}

func (w *watch) take(now time.Time, before *state) *state {
	s := &state{Time: now.UTC().Truncate(time.Millisecond), Program: w.program, seq: 1, byID: make(map[uint64]*loopView)}
	if before == nil {
		before = &state{}
	}
	s.seq = before.seq + 1
	var queueTime, runTime loop.Histogram
	for l := range w.source.Loops() {
		v := newLoopView(l, listTasks)
		old := before.byID[v.ID]
		v.follow(old, before.Time)
		v.measure(old, before.Time, s.Time)
		s.byID[v.ID] = v
		s.Loops = append(s.Loops, v)
		s.Totals.add(v)
		queueTime = queueTime.Add(v.stats.QueueTime)
		runTime = runTime.Add(v.stats.RunTime)
	}
	for _, v := range s.Loops {
		v.nameCallers(s.byID)
	}
	q, r := histogram(queueTime), histogram(runTime)
	s.Totals.QueueTime, s.Totals.RunTime = &q, &r
	w.takeTrouble(s)
	return s
}

// takeTrouble adds the waits of handlers and the faults.
func (w *watch) takeTrouble(s *state) {
	waits := w.source.Waits()
	s.Totals.Waits = len(waits)
	for _, x := range waits[:min(len(waits), maxWaits)] {
		s.Waits = append(s.Waits, newWait(x))
	}
	deadlocks := w.source.Deadlocks()
	s.Totals.Deadlocks = len(deadlocks)
	for i := len(deadlocks) - 1; i >= 0; i-- {
		s.Deadlocks = append(s.Deadlocks, newDeadlock(deadlocks[i]))
	}
	slow := w.source.SlowReports()
	s.Totals.Slow = len(slow)
	for i := len(slow) - 1; i >= max(0, len(slow)-maxSlow); i-- {
		s.Slow = append(s.Slow, newSlow(slow[i], s.byID))
	}
}

func newWait(w loop.Wait) waitView {
	return waitView{w.LoopID, w.Loop, w.Handler, w.Kind.String(), w.TargetID, w.Target, w.Position, w.Stack}
}

func newDeadlock(d loop.Deadlock) deadlock {
	v := deadlock{Time: d.Time.UTC().Truncate(time.Millisecond)}
	for _, h := range d.Err.Hops {
		v.Hops = append(v.Hops, newWait(h))
	}
	return v
}

func newSlow(r loop.SlowReport, byID map[uint64]*loopView) slowView {
	v := slowView{
		Time: r.Time.UTC().Truncate(time.Millisecond), Loop: r.LoopID, Name: r.Loop, Handler: r.Handler, For: r.For,
		Found: r.Found, Blocked: r.Blocked, Queued: r.Queued, Stack: r.Stack,
		Waiting: tasks(r.Time, r.Waiting[:min(len(r.Waiting), listTasks)]),
	}
	(&loopView{Queue: v.Waiting}).nameCallers(byID)
	return v
}

func (t *totals) add(v *loopView) {
	t.Loops++
	if v.Running != nil {
		t.Running++
	}
	t.Queued += v.Queued
	t.Waiting += v.Waiting
	t.Awaiting += v.Awaiting
}
