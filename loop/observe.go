package loop

import (
	"context"
	"time"
)

// An Observer is told what becomes of the tasks of a loop, see [WithObserver].
//
// Observe is called by the goroutine that takes the step: the caller's for
// [Submitted], the one that runs the handler for [Started] and whatever follows. Calls
// for one task come one after the other, except that [Settled] with the outcome
// [Abandoned] may come while its handler is in another step, even [Started]. It must be safe for
// concurrent use, must return quickly, because the loop or its caller waits for it,
// and must neither panic nor call a loop.
//
// ctx is the caller's context for Submitted, and the handler's context afterwards,
// as far as there is one. What Observe returns for Started is the context that the
// handler gets, and has to be derived from ctx, or be ctx; for other steps it is
// ignored.
type Observer interface {
	Observe(ctx context.Context, e Event) context.Context
}

// An UntimedObserver does not look at the times of events, which are 0 or as good as
// any then: At, Queued, Ran and Awaited. If that is all that observes a loop, an observed
// call reads no clock and costs about half.
type UntimedObserver interface {
	Observer
	// Untimed is never called.
	Untimed()
}

// WithObserver lets o observe the loop. Several observers are told in the order of
// the options. Without one, nothing is spent on it.
func WithObserver(o Observer) Option {
	return func(c *config) {
		if o != nil {
			c.observers = append(c.observers, o)
		}
	}
}

func looksAtTimes(o Observer) bool {
	_, untimed := o.(UntimedObserver)
	return !untimed
}

// A Step is what happens to a task.
type Step uint8

// The steps. A task is submitted once and settles once. In between, unless it is
// refused, it is started, and may await and resume any number of times.
const (
	Submitted Step = iota + 1
	Started        // its handler is about to be called
	Awaiting       // its handler gives up the loop role
	Resumed        // its handler has got the role back
	Settled        // its outcome is decided
	// Ended is the end of a handler whose call had been abandoned before.
	Ended
)

// String returns the step in lower case.
func (s Step) String() string {
	names := [...]string{"invalid", "submitted", "started", "awaiting", "resumed", "settled", "ended"}
	if int(s) >= len(names) {
		s = 0
	}
	return names[s]
}

// An Outcome is how a task settled.
type Outcome uint8

// The outcomes, as [Stats] counts them.
const (
	Pending   Outcome = iota // it has not settled
	Returned                 // the handler returned
	Panicked                 // the handler panicked
	Exited                   // the handler called runtime.Goexit
	Canceled                 // withdrawn from the queue because its context ended
	Dropped                  // taken out of the queue: closed, shed, or part of a deadlock
	Abandoned                // its caller left while the handler was running
	Refused                  // it never got a place in the queue
)

// String returns the outcome in lower case.
func (o Outcome) String() string {
	names := [...]string{"pending", "returned", "panicked", "exited", "canceled", "dropped", "abandoned", "refused"}
	if int(o) >= len(names) {
		return "invalid"
	}
	return names[o]
}

// A Mode says who waits for a task.
type Mode uint8

// The modes of tasks.
const (
	ModeCall   Mode = iota + 1 // a caller that is blocked
	ModeAsync                  // a Future
	ModeSpawn                  // nobody
	ModeStream                 // the consumer of a stream
	ModeSelf                   // a handler of the same loop, which runs it in place
)

// String returns the mode in lower case.
func (m Mode) String() string {
	names := [...]string{"invalid", "call", "async", "spawn", "stream", "self"}
	if int(m) >= len(names) {
		m = 0
	}
	return names[m]
}

// An Event is one step of one task. It is good for the time of the call of Observe.
type Event struct {
	Step    Step
	Mode    Mode
	Outcome Outcome // of Settled and Ended
	Loop    *Loop
	// Data is the observer's own, nil at first, for the time of the task: what it
	// stores there in one step it finds in the next. Each observer of a loop has
	// its own. It must not be touched in Settled with the outcome Abandoned.
	Data *any
	// Err says why the task did not run, as an *Error, or is its *PanicError.
	Err error
	// At is when the step was taken, as the time since the loop was made; the
	// others are how long the task was queued, has held the loop role, and has
	// been in Await up to now.
	At, Queued, Ran, Awaited time.Duration

	body body
}

// Handler returns the name of the handler: "bank.Account.Deposit".
func (e *Event) Handler() string { return e.body.name() }

// Position returns where the handler's code begins, "account.go:12".
func (e *Event) Position() string { return e.body.position() }

// ByCaller reports whether the goroutine that runs the handler, if it is run, is the
// caller's own: in a call on a loop with [WithInline], or of a handler's own loop.
func (e *Event) ByCaller() bool {
	return e.Mode == ModeSelf || e.Mode == ModeCall && e.Loop.inline
}

// Time returns when the step was taken.
func (e *Event) Time() time.Time { return e.Loop.born.Add(e.At) }
