package loop

import (
	"context"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// SlowThreshold is the time after which [WithSlowHandler] calls a handler slow unless
// told otherwise. It is that of Python's asyncio and of gevent.
const SlowThreshold = 100 * time.Millisecond

// WithSlowHandler reports handlers that hold the loop role for longer than the
// threshold, which means [SlowThreshold] if it is 0: once for each stretch between the
// start of a handler, or its coming back from Await, and its end or next Await.
//
// report is called while the handler is still at it, between one and one and a half
// thresholds after the beginning of the stretch, by a goroutine of its own. It may be
// nil: [SlowReports] has the last ones in any case.
//
// The handler's goroutine gets the pprof labels loop, loop_id and handler, by which it
// is found among the others; after a call that an inline loop's caller runs itself, that
// goroutine has the labels of the call's context. This and a reading of the clock is
// what a call costs; see docs/performance-observe.md.
func WithSlowHandler(threshold time.Duration, report func(SlowReport)) Option {
	if threshold <= 0 {
		threshold = SlowThreshold
	}
	return func(c *config) { c.slow = &slow{threshold: threshold, report: report} }
}

// A SlowReport is about a handler that has held the role of its loop for too long.
type SlowReport struct {
	Time    time.Time
	LoopID  uint64 // see Snapshot
	Loop    string
	Handler string
	For     time.Duration // since it got the role
	// Blocked says that the handler's goroutine was waiting for something; otherwise
	// it was computing, or ready to.
	Blocked bool
	Stack   string // of the handler's goroutine, one frame a line; empty if it got away
	// Waiting is the first tasks in the queue behind it, Queued the number of all.
	Waiting []TaskSnapshot
	Queued  int
}

// A slow looks at a loop twice per threshold as long as it is busy.
type slow struct {
	threshold time.Duration
	report    func(SlowReport)
	labels    sync.Map // name of a handler → context with the labels

	armed    atomic.Bool
	direct   atomic.Int64 // when the direct call has begun that is running
	timer    *time.Timer
	reported int64 // the last stretch that was reported; negative for a direct call
}

// of returns a watch of its own for l: an option may be used for several loops. Its
// timer is made here, to belong to the same synctest bubble, and does not run yet.
func (s *slow) of(l *Loop) *slow {
	if s == nil {
		return nil
	}
	own := &slow{threshold: s.threshold, report: s.report}
	own.timer = time.AfterFunc(time.Hour, func() { own.tick(l) })
	own.timer.Stop()
	return own
}

// arm starts the timer if it does not run.
func (s *slow) arm(l *Loop) {
	if s.armed.Load() || !s.armed.CompareAndSwap(false, true) {
		return
	}
	s.timer.Reset(s.threshold / 2)
}

// tick looks whether the role is still where it was a threshold ago.
func (s *slow) tick(l *Loop) {
	if !l.role.held() {
		s.armed.Store(false)
		if !l.role.held() {
			return
		}
		s.arm(l) // somebody took it in between and found the watch armed
		return
	}
	l.mu.Lock()
	number, since, handler := l.running.number, l.running.begun, ""
	switch {
	case l.role.direct():
		number, since = -l.role.calls()-1, s.direct.Load()
	case l.running.body == nil:
		since = l.clock() // between two handlers
	default:
		handler = l.running.body.name()
	}
	held := time.Duration(l.clock() - since)
	late := held >= s.threshold && s.reported != number
	var r SlowReport
	if late {
		s.reported = number
		r = SlowReport{
			Time: time.Now(), LoopID: l.id, Loop: l.name, Handler: handler, For: held,
			Waiting: l.queue.snapshot(l.clock(), slowWaiting), Queued: l.queued,
		}
	}
	l.mu.Unlock()
	s.timer.Reset(s.threshold / 2)
	if late {
		s.tell(r)
	}
}

// slowWaiting is how many of those who wait a report names.
const slowWaiting = 8

// tell completes a report and delivers it.
func (s *slow) tell(r SlowReport) {
	if g, ok := findHandler(r.LoopID); ok {
		r.Stack, r.Blocked = g.stack, g.blocked
		if r.Handler == "" {
			r.Handler = g.handler
		}
	}
	slowReports.add(r)
	if s.report != nil {
		s.report(r)
	}
}

// mark labels the calling goroutine, which is about to run the handler of b.
func (s *slow) mark(l *Loop, b body) {
	name := b.name()
	ctx, ok := s.labels.Load(name)
	if !ok {
		ctx, _ = s.labels.LoadOrStore(name, pprof.WithLabels(context.Background(),
			pprof.Labels("loop", l.name, labelID, strconv.FormatUint(l.id, 10), labelHandler, name)))
	}
	pprof.SetGoroutineLabels(ctx.(context.Context))
}

// The labels by which goroutines are found.
const (
	labelID      = "loop_id"
	labelHandler = "handler"
)

// slowReports are the last ones of the program.
var slowReports reports

type reports struct {
	mu   sync.Mutex
	list []SlowReport
}

// maxSlowReports is how many are remembered.
const maxSlowReports = 32

func (rs *reports) add(r SlowReport) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if len(rs.list) == maxSlowReports {
		rs.list = slices.Delete(rs.list, 0, 1)
	}
	rs.list = append(rs.list, r)
}

// SlowReports returns the last 32 reports of the program's loops, the oldest first.
func SlowReports() []SlowReport {
	slowReports.mu.Lock()
	defer slowReports.mu.Unlock()
	return slices.Clone(slowReports.list)
}
