package loop

import (
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// watchPeriod is how often a loop that somebody waits for is looked at. A deadlock
// that no context tells of is found within two periods.
const watchPeriod = time.Second

// A watch finds deadlocks whose chain of calls is cut: a handler without a context
// parameter, or one that calls with a fresh context.Background.
//
// Nothing is recorded for it beforehand. When a loop has not moved for a period
// while somebody waits, the waiters are woken, each once, and asked to look at
// their own stacks. One that is executing a handler, of whatever loop, notes its
// wait in the graph as if the context had told; if that closes a cycle, a call
// fails.
//
// The period is a timer and not a goroutine, it belongs to its loop and so to the
// loop's synctest bubble, and it runs only from the moment that somebody goes to
// sleep until the loop is idle or all waiters have been asked.
type watch struct {
	armed atomic.Bool
	timer *time.Timer
	seen  int64 // how far the loop had come at the last tick
}

// arm starts the watch if it is not running.
func (w *watch) arm(l *Loop) {
	if w.armed.Load() || !w.armed.CompareAndSwap(false, true) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w.seen = l.progress()
	if w.timer == nil {
		w.timer = time.AfterFunc(watchPeriod, func() { w.tick(l) })
	} else {
		w.timer.Reset(watchPeriod)
	}
}

// tick looks at the loop once a period.
func (w *watch) tick(l *Loop) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.progress()
	switch {
	case !l.role.held():
		w.armed.Store(false)
	case now != w.seen:
		w.seen = now
		w.timer.Reset(watchPeriod)
	default:
		// Whoever goes to sleep from here on arms the watch again.
		w.armed.Store(false)
		l.askWaiters()
	}
}

// progress is a number that changes when the loop does anything. l.mu is held.
func (l *Loop) progress() int64 {
	c := &l.counters
	return l.started + l.role.calls() + c.returned.Load() + c.panicked.Load() + c.exited.Load()
}

// askWaiters wakes everybody who waits for the loop and has not been asked yet.
// l.mu is held.
func (l *Loop) askWaiters() {
	for _, q := range []*list{&l.queue, &l.waiting} {
		for t := q.first; t != nil; t = t.links[q.link].next {
			t.ask()
		}
	}
	if l.current != nil && (l.current.kind == kindCall || l.current.kind == kindStream) {
		l.current.ask()
	}
}

// ask wakes whoever waits for t.
func (t *task) ask() {
	if t.asked.CompareAndSwap(false, true) {
		t.settled.nudge()
	}
}

// enclosing returns the addresses of the tasks whose handlers the calling goroutine
// is executing, innermost first. That costs tens of microseconds and needs no context.
func enclosing() []string {
	if !onHandlerStack() {
		return nil
	}
	return addresses("enter")
}

// addresses returns the last arguments of the frames of this package's function on the
// calling goroutine's stack, innermost first, as a traceback prints them. The function
// has to keep that argument alive.
func addresses(function string) (list []string) {
	buf := make([]byte, 64<<10)
	trace := string(buf[:runtime.Stack(buf, false)])
	for line := range strings.Lines(trace) {
		if args, ok := strings.CutPrefix(line, thisPackage+function+"("); ok {
			args = strings.TrimSuffix(strings.TrimSpace(args), ")")
			list = append(list, args[strings.LastIndexByte(args, ' ')+1:])
		}
	}
	return list
}
