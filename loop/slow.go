package loop

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultSlowThreshold is the default threshold of [WithSlowHandler]. Python's asyncio and gevent
// have the same.
const DefaultSlowThreshold = 100 * time.Millisecond

// WithSlowHandler reports handlers that hold the loop role for longer than the
// threshold, which means [DefaultSlowThreshold] if it is 0: once for each stretch between the
// start of a handler, or its coming back from Await, and its end or next Await.
//
// report is called while the handler is still at it, between one and one and a half
// thresholds after the beginning of the stretch, by a goroutine of its own. It may be
// nil: [SlowReports] has the last ones in any case.
//
// The handler's goroutine gets the pprof labels loop, loop_id and handler, by which it is
// found among the others; after a call that an inline loop's caller runs itself, that
// goroutine has the labels of the call's context. A call costs this and a reading of the
// clock; see docs/performance-observe.md.
func WithSlowHandler(threshold time.Duration, report func(SlowReport)) Option {
	if threshold <= 0 {
		threshold = DefaultSlowThreshold
	}
	return option(func(c *config) { c.slow = &slow{threshold: threshold, report: report} })
}

// A SlowReport is about a handler that has held the role of its loop for too long.
type SlowReport struct {
	Time    time.Time
	LoopID  uint64 // see [Loop.ID]
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
		handler = l.running.body.Name()
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

// slowWaiting is how many of the waiting tasks a report names.
const slowWaiting = 8

// deliver completes a report of a stretch of l and delivers it.
func (s *slow) deliver(l *Loop, number int64, r SlowReport) {
	p, ok := findHandler(r.LoopID)
	if l.stretchNow() == number {
		r.Found, r.Stack, r.Blocked = ok, p.stack, p.blocked
		r.Handler = cmp.Or(r.Handler, p.handler)
	}
	slowReports.add(r)
	if s.report != nil {
		s.report(r)
	}
}

// mark labels the calling goroutine, which is about to run the handler of b.
func (s *slow) mark(l *Loop, b body) {
	name := b.Name()
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

// maxSlowReports is the number of reports that are kept.
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

// A profiled is the part of the goroutine profile that is about one handler's goroutine.
type profiled struct {
	handler string
	stack   string
	blocked bool
}

// maxProfiledFrames is how many frames the goroutine profile shows of a stack, the innermost
// ones, unless the variable GODEBUG sets another number.
const maxProfiledFrames = 128

// findHandler looks for the goroutine that runs a handler of the loop with the given
// number, by its labels. It reads the goroutine profile, which, unlike a traceback of all
// goroutines, does not stop the program for as long as it is being written.
//
// Goroutines that the handler has started have the labels, too. The frame of enter
// distinguishes the handler's, if the profile shows the stack in full. A deeper stack is the
// handler's if it is the only one that is cut off, and the others are not the handler's: while
// the handler runs, one of them is. Otherwise findHandler reports false. The caller must make
// sure that the same handler has been running all the time.
//
// The profile has two forms, and of the one for people this relies on what follows:
// records are separated by empty lines; the first line of each has the program counters
// behind an @, innermost first; the second has the labels if there are any.
func findHandler(id uint64) (profiled, bool) {
	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		return profiled{}, false
	}
	_, records, _ := strings.Cut(text.String(), "\n") // behind the line with the total
	want := fmt.Sprintf("%q:%q", labelID, strconv.FormatUint(id, 10))
	var deep []profiled
	for record := range strings.SplitSeq(records, "\n\n") {
		head, rest, _ := strings.Cut(record, "\n")
		labels, _, _ := strings.Cut(rest, "\n")
		if !strings.HasPrefix(labels, "# labels:") || !strings.Contains(labels, want) {
			continue
		}
		count, pcs := programCounters(head)
		p := profiled{labelValue(labels, labelHandler), handlerStack(pcs), parked(pcs)}
		switch {
		case runsHandler(pcs):
			return p, true
		case len(pcs) >= maxProfiledFrames && count == 1:
			deep = append(deep, p)
		case len(pcs) >= maxProfiledFrames:
			deep = append(deep, p, p)
		}
	}
	switch len(deep) {
	case 0:
		return profiled{}, false
	case 1:
		return deep[0], true
	default:
		return profiled{handler: deep[0].handler}, false // all have the labels of one handler
	}
}

// programCounters reads "1 @ 0x43e3ae 0x44f4b8": how many goroutines there are with a stack.
func programCounters(line string) (count int, pcs []uintptr) {
	number, list, _ := strings.Cut(line, " @")
	count, _ = strconv.Atoi(number)
	for f := range strings.FieldsSeq(list) {
		if pc, err := strconv.ParseUint(f, 0, 64); err == nil {
			pcs = append(pcs, uintptr(pc))
		}
	}
	return count, pcs
}

// labelValue reads a value out of `# labels: {"handler":"f", "loop":"l"}`.
func labelValue(labels, key string) string {
	_, rest, ok := strings.Cut(labels, strconv.Quote(key)+":")
	if !ok {
		return ""
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return ""
	}
	value, _ := strconv.Unquote(quoted)
	return value
}

// runsHandler reports whether the frame of enter is on the stack.
func runsHandler(pcs []uintptr) bool {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == enterName {
			return true
		}
		if !more {
			return false
		}
	}
}

// enterName is the linker's name of enter.
var enterName = thisPackage + "enter"

// parked reports whether a goroutine waits: in the runtime, or in a system call.
func parked(pcs []uintptr) bool {
	if len(pcs) == 0 {
		return false
	}
	f, _ := runtime.CallersFrames(pcs[:1]).Next()
	return f.Function == "runtime.gopark" || strings.HasPrefix(f.Function, "syscall.") ||
		strings.HasPrefix(f.Function, "internal/runtime/syscall.") || f.Function == "runtime.notetsleepg"
}

// handlerStack renders the frames from where the goroutine is to the handler, without
// the runtime's on top and this package's.
func handlerStack(pcs []uintptr) string {
	var b strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == enterName {
			break
		}
		shown := b.Len() > 0 || !strings.HasPrefix(f.Function, "runtime.")
		if shown && !ours(f.Function) {
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
		if !more {
			break
		}
	}
	return b.String()
}
