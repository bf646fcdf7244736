package loop

import (
	"context"
	"time"
)

// An Observer is notified of the steps of a loop's tasks, see [WithObserver].
//
// Observe is called by the goroutine that takes the step: the caller's for
// [StepSubmitted], the one that runs the handler for [StepStarted] and whatever follows. Calls
// for one task come one after the other, except that [StepSettled] with the outcome
// [OutcomeAbandoned] may come while its handler is in another step, even [StepStarted]. It must be safe for
// concurrent use, must return quickly, because the loop or its caller waits for it,
// and must neither panic nor call a loop.
//
// ctx is the caller's context for StepSubmitted, and the handler's context afterwards, as far as
// there is one. The context that Observe returns for StepStarted is the one that the handler gets,
// and has to be derived from ctx, or be ctx; for other steps it is ignored.
//
// An Observer may have a method Untimed(), which is never called. It states that the observer
// does not look at the times of events, At, Queued, Ran and Awaited, which are about 0 then. If
// all observers of a loop have it, an observed call reads no clock and costs about half.
type Observer interface {
	Observe(ctx context.Context, e Event) context.Context
}

// An ObserverFunc is a function as an [Observer].
type ObserverFunc func(ctx context.Context, e Event) context.Context

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) context.Context { return f(ctx, e) }

// WithObserver lets o observe the loop. Several observers are called in the order of the
// options. A nil o is no observer, and a loop without one spends nothing on it.
func WithObserver(o Observer) Option {
	return option(func(c *config) {
		if o != nil {
			c.observers = append(c.observers, o)
		}
	})
}

func looksAtTimes(o Observer) bool {
	_, untimed := o.(interface{ Untimed() })
	return !untimed
}

// begin clears the timing of a task that is about to be submitted, and notifies the observers.
func (t *task) begin() {
	t.forget()
	if len(t.loop.observers) > 0 {
		t.observe()
	}
}

// forget clears the timing of the task's last call. Mostly nothing is written.
func (t *task) forget() {
	if t.timing.on || t.timing.told {
		t.timing.on, t.timing.told = false, false
	}
}

// observe notifies the observers that t is submitted. It becomes a timed task if one of them
// looks at the times.
func (t *task) observe() {
	l := t.loop
	data := t.timing.data
	if data == nil {
		data = make([]any, len(l.observers))
	}
	clear(data)
	t.timing = timing{told: true, on: l.timed, data: data}
	t.timing.submitted = t.now()
	t.tell(t.ctx.parent, &Event{Step: StepSubmitted, At: time.Duration(t.timing.submitted)})
}

// beginDirect is begin and handlerCtx for a direct call, which starts at once. It need not be
// called if there are no observers and the call is not one of the sample.
func (t *task) beginDirect(counted bool) context.Context {
	t.begin()
	if s := t.loop.slow; s != nil {
		s.direct.Store(t.loop.clock())
		s.arm(t.loop)
	}
	if counted {
		t.timing.enable(t.loop)
	}
	if t.timing.on {
		t.timing.counted = counted
		t.started(t.timing.submitted) // what little time there was is not worth another look at the clock
	}
	return t.handlerCtx()
}

// sample times t if it belongs to the sample. l.mu is held.
func (l *Loop) sample(t *task) {
	if !sampled(l.accepted) {
		return
	}
	t.timing.enable(l)
	t.timing.counted = true
}

// tell completes an event and gives it to the observers.
func (t *task) tell(ctx context.Context, e *Event) context.Context {
	return t.timing.tell(ctx, t.loop, t.body, t.mode(), e)
}

func (tm *timing) tell(ctx context.Context, l *Loop, b body, m Mode, e *Event) context.Context {
	e.Loop, e.body, e.Mode = l, b, m
	if tm.on && e.Step != StepSubmitted {
		tm.measure(e)
	}
	for i, o := range l.observers {
		e.Data = &tm.data[i]
		if next := o.Observe(ctx, *e); e.Step == StepStarted && next != nil {
			ctx = next
		}
	}
	return ctx
}

// mode returns the public name of the task's kind.
func (t *task) mode() Mode { return t.kind.mode() }

func (k kind) mode() Mode {
	switch k {
	case kindAsync:
		return ModeAsync
	case kindSpawn:
		return ModeSpawn
	case kindStream:
		return ModeStream
	}
	return ModeCall
}

// observed reports whether observers are notified of the task.
func (t *task) observed() bool { return t.timing.told }

// handlerCtx returns the context that the handler of t gets, and notifies observers of the
// start.
func (t *task) handlerCtx() context.Context {
	if !t.loop.looked { // in line, as in the other notes: most calls get no further
		return t.ctx
	}
	return t.tellStart()
}

func (t *task) tellStart() context.Context {
	if s := t.loop.slow; s != nil {
		s.mark(t.loop, t.body)
	}
	if !t.observed() {
		return t.ctx
	}
	return t.tell(t.ctx, &Event{Step: StepStarted, At: time.Duration(t.timing.started)})
}

// noteStart notes that t begins to run. It is called by the goroutine that takes t out of the
// queue.
func (t *task) noteStart() {
	if t.timing.on {
		t.started(t.loop.clock())
	}
}

func (t *task) started(now int64) {
	t.timing.started = now
	if t.timing.counted {
		t.loop.recorder().queueTime.add(now - t.timing.submitted)
	}
}

// noteAwait notes that the handler of t gives up the role.
func (t *task) noteAwait() {
	t.timing.left = t.now()
	if t.observed() {
		t.tell(t.ctx, &Event{Step: StepAwaiting, At: time.Duration(t.timing.left)})
	}
}

// noteResume notes that it has the role again.
func (t *task) noteResume() {
	now := t.now()
	t.timing.awaited += now - t.timing.left
	t.timing.left = 0
	if t.observed() {
		t.tell(t.ctx, &Event{Step: StepResumed, At: time.Duration(now)})
	}
}

// noteEnd notes that the handler of t has ended. watched reports whether its caller is still
// there.
func (t *task) noteEnd(how ending, watched bool, failure *PanicError) {
	if t.timing.on || t.timing.told {
		t.tellEnd(how, watched, failure)
	}
}

func (t *task) tellEnd(how ending, watched bool, failure *PanicError) {
	now := t.now()
	if t.timing.on && t.timing.counted {
		t.loop.recorder().runTime.add(now - t.timing.started - t.timing.awaited)
	}
	if !t.observed() {
		return
	}
	e := Event{Step: StepSettled, Outcome: how.outcome(), At: time.Duration(now)}
	if !watched {
		e.Step = StepEnded
	}
	if failure != nil {
		e.Err = failure
	}
	t.tell(t.ctx, &e)
}

// noteOutcome notifies the observers that t has settled without the end of its handler.
func (t *task) noteOutcome(o Outcome, err error) {
	if t.observed() {
		t.tell(t.ctx, &Event{Step: StepSettled, Outcome: o, Err: err, At: time.Duration(t.now())})
	}
}

// noteRefusal is noteOutcome for a task that another goroutine refused, perhaps after it had
// been accepted.
func (t *task) noteRefusal(err error) {
	if t.accepted {
		t.noteOutcome(OutcomeDropped, err)
	} else {
		t.noteOutcome(OutcomeRefused, err)
	}
}

// noteWithdrawn is noteOutcome for a task whose context has ended, with err if the caller
// has its error already.
func (t *task) noteWithdrawn(err *Error) {
	if !t.observed() {
		return
	}
	if err == nil {
		err = t.loop.contextError(context.Cause(t.ctx.parent), t.body, ErrCanceled)
	}
	if t.accepted {
		t.noteOutcome(OutcomeCanceled, err)
	} else {
		t.noteOutcome(OutcomeRefused, err)
	}
}

// noteAbandoned is noteOutcome for a task whose handler goes on. It reads nothing that the
// handler changes.
func (t *task) noteAbandoned() {
	if !t.observed() {
		return
	}
	l, tm := t.loop, &t.timing
	l.mu.Lock() // whoever starts the handler may not have noted yet when
	started := tm.started
	l.mu.Unlock()
	e := Event{
		Step: StepSettled, Outcome: OutcomeAbandoned, Loop: l, Mode: t.mode(), body: t.body,
		Err: l.contextError(context.Cause(t.ctx.parent), t.body, ErrAbandoned),
		At:  time.Duration(t.now()), Queued: time.Duration(started - tm.submitted),
	}
	for i, o := range l.observers {
		e.Data = &tm.data[i]
		o.Observe(t.ctx, e)
	}
}

func (how ending) outcome() Outcome {
	switch how {
	case endPanic:
		return OutcomePanicked
	case endGoexit:
		return OutcomeExited
	}
	return OutcomeReturned
}

// turnAway counts a call that never becomes a task, notifies the observers, and returns the
// error.
func (l *Loop) turnAway(ctx context.Context, b body, m Mode, err *Error) *Error {
	l.counters.refused.Add(1)
	if len(l.observers) > 0 {
		tm := timing{told: true, on: true, submitted: l.clock(), data: make([]any, len(l.observers))}
		at := time.Duration(tm.submitted)
		tm.tell(ctx, l, b, m, &Event{Step: StepSubmitted, At: at})
		tm.tell(ctx, l, b, m, &Event{Step: StepSettled, Outcome: OutcomeRefused, Err: err, At: at})
	}
	return err
}

// A selfNote notifies observers of a call that runs inside the handler of another. It is nil
// if there are none.
type selfNote struct {
	timing
	loop *Loop
	body body
}

// timedClock is clock if an observer looks at the times, and 0 otherwise.
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
	n.tell(ctx, l, b, ModeSelf, &Event{Step: StepSubmitted, At: time.Duration(n.submitted)})
	return n
}

func (n *selfNote) start(ctx context.Context) context.Context {
	if n == nil {
		return ctx
	}
	return n.tell(ctx, n.loop, n.body, ModeSelf, &Event{Step: StepStarted, At: time.Duration(n.started)})
}

func (n *selfNote) end(ctx context.Context, how ending, failure *PanicError) {
	if n == nil {
		return
	}
	e := Event{Step: StepSettled, Outcome: how.outcome(), At: time.Duration(n.loop.timedClock())}
	if failure != nil {
		e.Err = failure
	}
	n.tell(ctx, n.loop, n.body, ModeSelf, &e)
}

// A timing holds the times of a task's steps, as [Loop.clock] measures them, and the data of
// its observers.
type timing struct {
	told      bool // observers are told of the task
	on        bool // the task is timed: an observer wants it, or it is one of those that are
	counted   bool // it is one of those that are, so that it belongs into the histograms
	submitted int64
	started   int64
	left      int64 // for Await; 0 if it has the role
	awaited   int64
	data      []any // one for each observer
}

// clock is the time since the loop was made, in nanoseconds. It takes half as long as
// time.Now, and has no other use.
func (l *Loop) clock() int64 { return int64(time.Since(l.born)) }

// sampleAll is how many tasks of a loop are timed, all of them; of those that follow,
// one of sampleEvery is.
const (
	sampleAll   = 1024
	sampleEvery = 64
)

// sampled reports whether a task with n before it belongs to the sample.
func sampled(n int64) bool { return n&(sampleEvery-1) == 0 || n < sampleAll }

// now returns the time for a step of t, or 0 if the task is not timed.
func (t *task) now() int64 {
	if !t.timing.on {
		return 0
	}
	return t.loop.clock()
}

// enable makes a task a timed one from now on, if it is not.
func (tm *timing) enable(l *Loop) {
	if !tm.on {
		tm.on, tm.submitted = true, l.clock()
		tm.started, tm.left, tm.awaited = 0, 0, 0
	}
}

// measure fills in the durations of an event.
func (tm *timing) measure(e *Event) {
	if tm.started == 0 {
		e.Queued = e.At - time.Duration(tm.submitted)
		return
	}
	e.Queued = time.Duration(tm.started - tm.submitted)
	e.Awaited = time.Duration(tm.awaited)
	if tm.left != 0 {
		e.Awaited += e.At - time.Duration(tm.left)
	}
	e.Ran = e.At - time.Duration(tm.started) - e.Awaited
}
