package loop

import (
	"context"
	"time"
)

// turnAway counts a call that never becomes a task, tells the observers, and returns
// the error.
func (l *Loop) turnAway(ctx context.Context, b body, m Mode, err *Error) *Error {
	l.counters.refused.Add(1)
	if len(l.observers) > 0 {
		tm := timing{told: true, on: true, submitted: l.clock(), data: make([]any, len(l.observers))}
		at := time.Duration(tm.submitted)
		tm.tell(ctx, l, b, m, &Event{Step: Submitted, At: at})
		tm.tell(ctx, l, b, m, &Event{Step: Settled, Outcome: Refused, Err: err, At: at})
	}
	return err
}

// An selfNote tells observers of a call that runs inside the handler of another. It
// is nil if there are none.
type selfNote struct {
	timing
	loop *Loop
	body body
}

// timedClock is clock if an observer wants to know the times, and 0 otherwise.
func (l *Loop) timedClock() int64 {
	if !l.timed {
		return 0
	}
	return l.clock()
}

func (l *Loop) noteSelf(ctx context.Context, b body) *selfNote {
	if len(l.observers) == 0 {
		return nil
	}
	n := &selfNote{loop: l, body: b}
	n.timing = timing{told: true, on: l.timed, submitted: l.timedClock(), data: make([]any, len(l.observers))}
	n.started = n.submitted
	n.tell(ctx, l, b, ModeSelf, &Event{Step: Submitted, At: time.Duration(n.submitted)})
	return n
}

func (n *selfNote) start(ctx context.Context) context.Context {
	if n == nil {
		return ctx
	}
	return n.tell(ctx, n.loop, n.body, ModeSelf, &Event{Step: Started, At: time.Duration(n.started)})
}

func (n *selfNote) end(ctx context.Context, how ending, failure *PanicError) {
	if n == nil {
		return
	}
	e := Event{Step: Settled, Outcome: how.outcome(), At: time.Duration(n.loop.timedClock())}
	if failure != nil {
		e.Err = failure
	}
	n.tell(ctx, n.loop, n.body, ModeSelf, &e)
}
