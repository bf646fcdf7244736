package loop

import "time"

// A Step is an event in the life of a task.
type Step uint8

// The steps. A task is submitted once and settles once. In between, unless it is
// refused, it is started, and may await and resume any number of times. Later versions may have
// more steps; an observer ignores those it has no use for.
const (
	StepSubmitted Step = iota + 1
	StepStarted        // its handler is about to be called
	StepAwaiting       // its handler gives up the loop role
	StepResumed        // its handler has got the role back
	StepSettled        // its outcome is decided
	// StepEnded is the end of a handler whose call had been abandoned before.
	StepEnded
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
	OutcomePending   Outcome = iota // it has not settled
	OutcomeReturned                 // the handler returned
	OutcomePanicked                 // the handler panicked
	OutcomeExited                   // the handler called runtime.Goexit
	OutcomeCanceled                 // withdrawn from the queue because its context ended
	OutcomeDropped                  // taken out of the queue: closed, shed, or part of a deadlock
	OutcomeAbandoned                // its caller left while the handler was running
	OutcomeRefused                  // it never got a place in the queue
)

// String returns the outcome in lower case.
func (o Outcome) String() string {
	names := [...]string{"pending", "returned", "panicked", "exited", "canceled", "dropped", "abandoned", "refused"}
	if int(o) >= len(names) {
		return "invalid"
	}
	return names[o]
}

// A Mode is the way in which a task is waited for.
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
	Outcome Outcome // of StepSettled and StepEnded
	Loop    *Loop
	// Data is the observer's own, nil at first, for the time of the task: a value stored there
	// in one step is there in the next. Each observer of a loop has its own. It must not be
	// touched in StepSettled with the outcome OutcomeAbandoned.
	Data *any
	// Err is the *Error of a task that did not run, or the *PanicError of one that panicked.
	Err error
	// At is when the step was taken, as the time since the loop was made; the
	// others are how long the task was queued, has held the loop role, and has
	// been in Await up to now.
	At, Queued, Ran, Awaited time.Duration

	body body
}

// Handler returns the name of the handler: "bank.Account.Deposit".
func (e Event) Handler() string {
	if e.body == nil {
		return ""
	}
	return e.body.Name()
}

// Position returns where the handler's code begins, "account.go:12".
func (e Event) Position() string {
	if e.body == nil {
		return ""
	}
	return e.body.Position()
}

// ByCaller reports whether the goroutine that runs the handler, if it is run, is the
// caller's own: in a call on a loop with [WithInline], or of a handler's own loop.
func (e Event) ByCaller() bool {
	return e.Mode == ModeSelf || e.Mode == ModeCall && e.Loop.made() && e.Loop.inline
}

// Time returns when the step was taken.
func (e Event) Time() time.Time {
	if !e.Loop.made() {
		return time.Time{}
	}
	return e.Loop.born.Add(e.At)
}
