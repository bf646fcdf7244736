package loop

import (
	"slices"
	"time"
)

// A Snapshot describes a loop at a moment.
type Snapshot struct {
	Time     time.Time // when it was taken: For of its tasks ends there
	LoopID   uint64    // see [Loop.ID]
	Loop     string    // its name
	Executor string    // "goroutine", "inline", "thread" or "host"
	Capacity int       // of the queue
	Overflow Overflow
	Closing  bool // it accepts nothing any more
	Done     bool // and the last handler has ended
	Stats    Stats
	// Running is the task whose handler holds the loop role, nil if there is none.
	Running *TaskSnapshot
	// Stretch changes whenever the role goes to a handler, so two snapshots with the
	// same Stretch and a task that is running have found the same handler at work.
	Stretch int64
	// Queue is the first tasks that wait for the role, those that come back from
	// Await included, in order; Waiting the first that wait for room in the queue.
	Queue, Waiting []TaskSnapshot
}

// A TaskSnapshot is a task at a moment.
type TaskSnapshot struct {
	Handler  string
	Position string // of its code, "account.go:12"; empty for one that is running
	Mode     Mode
	// For is how long the task has been in its state: running since its handler has been
	// started, or queued since it was submitted. It is 0 if the task is not timed, see
	// [Histogram].
	For time.Duration
	// Awaited reports whether the handler has been started before and comes back.
	Awaited bool
	// CallerLoopID is the number of the loop whose handler waits for the task, 0 if no handler
	// does.
	CallerLoopID uint64
}

// Snapshot describes the loop, with at most limit tasks of each of its queues. It holds the
// loop's mutex for as long as it takes to copy these, as a submission does, and stops no
// handler; so the parts of it may be a moment apart.
func (l *Loop) Snapshot(limit int) Snapshot {
	if !l.made() {
		return Snapshot{}
	}
	s := Snapshot{
		LoopID: l.id, Loop: l.Name(), Executor: l.executor.String(), Capacity: l.size, Overflow: l.overflow,
		Stats: l.Stats(),
	}
	now := l.clock()
	s.Time = l.born.Add(time.Duration(now))
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Closing, s.Done = l.closed.Load(), l.ended
	s.Stretch, _, _ = l.stretch()
	s.Queue, s.Waiting = l.queue.snapshot(now, limit), l.waiting.snapshot(now, limit)
	if t := l.current; t != nil && l.running.body != nil && l.role.held() && t.stage.Load() == stageRunning {
		s.Running = l.running.snapshot(now)
	} else if l.role.direct() {
		// Its task changes without the mutex, so its handler is not read.
		s.Running = &TaskSnapshot{Handler: directName, Mode: ModeCall}
	}
	return s
}

// directName replaces the name of a direct call, which only its caller has.
const directName = "a caller's own call"

// snapshot describes a stretch. The name is the one thing of a body that may be read at any
// time.
func (s *stretch) snapshot(now int64) *TaskSnapshot {
	t := &TaskSnapshot{Handler: s.body.Name(), Mode: s.kind.mode(), Awaited: s.resumed}
	if s.timed {
		t.For = time.Duration(max(now-s.since, 0))
	}
	return t
}

// snapshot copies the first tasks of q. The loop's mutex is held.
func (q *list) snapshot(now int64, limit int) []TaskSnapshot {
	var all []TaskSnapshot
	for t := q.first; t != nil && len(all) < limit; t = t.links[q.link].next {
		all = append(all, t.snapshot(now))
	}
	return slices.Clip(all)
}

// snapshot copies the parts of t that do not change while the loop's mutex is held and t is in
// a queue or running.
func (t *task) snapshot(now int64) TaskSnapshot {
	s := TaskSnapshot{
		Handler: t.body.Name(), Position: t.body.Position(), Mode: t.mode(),
		Awaited: t.stage.Load() == stageAwaiting,
	}
	if tm := &t.timing; tm.on && !s.Awaited {
		since := tm.submitted
		if tm.started != 0 {
			since = tm.started
		}
		s.For = time.Duration(max(now-since, 0))
	}
	s.CallerLoopID = t.callerLoop.Load()
	return s
}
