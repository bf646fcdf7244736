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
	// Found reports whether the handler's goroutine was found. It is not if the handler has
	// ended meanwhile, or if its stack is deeper than the goroutine profile shows and it has
	// started goroutines that are as deep. Otherwise Blocked and Stack are not known.
	Found bool
	// Blocked reports whether the handler's goroutine was waiting for something; otherwise
	// it was computing, or ready to.
	Blocked bool
	Stack   string // of the handler's goroutine, one frame a line, the innermost 128 at most
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
	reported int64 // the last stretch that was reported
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
	number, _, direct := l.stretch()
	since, handler := l.running.begun, ""
	switch {
	case direct:
		since = s.direct.Load()
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
			Time: time.Now(), LoopID: l.id, Loop: l.Name(), Handler: handler, For: held,
			Waiting: l.queue.snapshot(l.clock(), slowWaiting), Queued: l.queued,
		}
	}
	l.mu.Unlock()
	s.timer.Reset(s.threshold / 2)
	if late {
		s.deliver(l, number, r)
	}
}

// slowWaiting is how many of those who wait a report names.
const slowWaiting = 8

// deliver completes a report of a stretch of l and delivers it.
func (s *slow) deliver(l *Loop, number int64, r SlowReport) {
	p, ok := findHandler(r.LoopID)
	if ok && l.stretchNow() == number {
		r.Found, r.Stack, r.Blocked = true, p.stack, p.blocked
		if r.Handler == "" {
			r.Handler = p.handler
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
			pprof.Labels("loop", l.Name(), labelID, strconv.FormatUint(l.id, 10), labelHandler, name)))
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
