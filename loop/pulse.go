package loop

import (
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A stretch is the work of a handler from the moment that it gets the loop role until it gives
// it up. The loop keeps a copy of its description: the task itself may be in use for another
// call before the role has passed on.
type stretch struct {
	number  int64 // of the loop's stretches
	body    body
	kind    kind
	timed   bool
	since   int64 // when the handler was started, by the loop's clock
	begun   int64 // when it got the role, 0 if nobody looked at the clock then
	resumed bool
}

// begins notes that t has got the role. l.mu is held.
func (l *Loop) begins(t *task) {
	r := &l.running
	r.number++
	r.body, r.kind, r.timed, r.resumed = t.body, t.kind, t.timing.on, t.stage.Load() == stageAwaiting
	if r.timed {
		r.since = t.timing.started
	}
	switch {
	case r.timed && !r.resumed:
		r.begun = r.since
	case r.timed || l.slow != nil:
		r.begun = l.clock()
	default:
		r.begun = 0
	}
	if l.slow != nil {
		l.slow.arm(l)
	}
}

// clearCurrent notes that no task has the role. l.mu is held.
func (l *Loop) clearCurrent() { l.current, l.running.body = nil, nil }

// stretch returns a number that changes whenever the role goes to a goroutine, whether
// one has it, and whether that is for a direct call. Whatever looks for handlers that hold
// the loop for too long compares these numbers. l.mu is held.
func (l *Loop) stretch() (number int64, held, direct bool) {
	calls, held, direct := l.role.look()
	number = 2 * (l.running.number + calls)
	if direct {
		number++ // else it would be that of the handler before
	}
	return number, held, direct
}

// stretchNow returns the number of the stretch.
func (l *Loop) stretchNow() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	number, _, _ := l.stretch()
	return number
}

// pulsePeriod is how often a loop with waiting callers is looked at. A deadlock that neither
// contexts nor goroutines show is found within two periods.
const pulsePeriod = time.Second

// A pulse finds the deadlocks that are not noticed when they come to be: a handler of an
// inline loop passes no context on, or waits in a coroutine of [iter.Pull].
//
// Nothing is recorded for it beforehand. When a loop has not moved for a period while
// goroutines wait for it, they are woken, each once, to look whether they run a handler. One
// that does notes its wait in the graph; if that closes a cycle, a call fails.
//
// The period is a timer and not a goroutine, it belongs to its loop and so to the loop's
// synctest bubble, and it runs only from the moment that a caller goes to sleep until the loop
// is idle or all waiting goroutines have been woken.
type pulse struct {
	armed atomic.Bool
	timer *time.Timer
	seen  int64 // the stretch at the last tick
}

// arm starts the pulse if it is not running.
func (p *pulse) arm(l *Loop) {
	if p.armed.Load() || !p.armed.CompareAndSwap(false, true) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p.seen, _, _ = l.stretch()
	if p.timer == nil {
		p.timer = time.AfterFunc(pulsePeriod, func() { p.tick(l) })
	} else {
		p.timer.Reset(pulsePeriod)
	}
}

// tick looks at the loop once a period.
func (p *pulse) tick(l *Loop) {
	if p.stuck(l) {
		l.askWaiters()
	}
}

// stuck reports whether the loop has not moved for a period.
func (p *pulse) stuck(l *Loop) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch now, held, _ := l.stretch(); {
	case !held:
		p.armed.Store(false)
	case now != p.seen:
		p.seen = now
		p.timer.Reset(pulsePeriod)
	default:
		p.armed.Store(false) // the next caller that goes to sleep arms the pulse again
		return true
	}
	return false
}

// Whether the goroutine that waits for a task was woken to look for a deadlock.
const (
	askedNot     uint32 = iota
	askedAny            // it was
	askedHandler        // and it may run a handler of an inline loop
)

// askWaiters wakes all goroutines that wait for the loop and have not been woken yet.
func (l *Loop) askWaiters() {
	inline := inlineHandlers()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range []*list{&l.queue, &l.waiting} {
		for t := q.first; t != nil; t = t.links[q.link].next {
			how := askedAny
			if inline[t.caller] {
				how = askedHandler
			}
			t.ask(how)
		}
	}
	if l.current != nil && (l.current.kind == kindCall || l.current.kind == kindStream) {
		l.current.ask(askedHandler) // it may be another caller's already, so that is not looked up
	}
}

// inlineHandlers returns the goroutines that run handlers of inline loops, with the role or in
// Await. The goroutines of other loops are workers.
func inlineHandlers() map[goroutine.ID]bool {
	handlers := make(map[goroutine.ID]bool)
	for l := range Loops() {
		if !l.inline {
			continue
		}
		if holder := l.role.holder(); holder != 0 {
			handlers[holder] = true
		}
		l.mu.Lock()
		for t := l.away.first; t != nil; t = t.links[linkAway].next {
			handlers[t.goroutine()] = true
		}
		l.mu.Unlock()
	}
	return handlers
}

// ask wakes the goroutine that waits for t.
func (t *task) ask(how uint32) {
	if t.asked.CompareAndSwap(askedNot, how) {
		t.wake.nudge()
	}
}

// A sighting records since when Live has found a loop at the same place.
type sighting struct {
	stretch int64
	handler bool  // a handler was at work
	since   int64 // 0: the loop was idle
}
