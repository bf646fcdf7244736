package loop

import (
	"context"
	"time"
)

// timing is when a task went through its steps, as [Loop.clock] tells the time, and
// what its observers keep with it.
type timing struct {
	on        bool // the task is timed: it is observed, or one of those that are
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
	sampleEvery = 16
)

func sampled(n int64) bool { return n < sampleAll || n%sampleEvery == 0 }

// begin clears the timing of a task that is about to be submitted, and tells the
// observers.
func (t *task) begin() {
	t.timing.on = false
	if len(t.loop.observers) > 0 {
		t.observe()
	}
}

// observe makes t a timed task and tells the observers that it is submitted.
func (t *task) observe() {
	l := t.loop
	data := t.timing.data
	if data == nil {
		data = make([]any, len(l.observers))
	}
	clear(data)
	t.timing = timing{on: true, submitted: l.clock(), data: data}
	t.tell(t.ctx.parent, Event{Step: Submitted, At: time.Duration(t.timing.submitted)})
}

// beginDirect is begin for a direct call, which starts at once.
func (t *task) beginDirect() {
	l := t.loop
	if t.timing.on = false; len(l.observers) > 0 {
		t.observe()
	} else if sampled(l.role.calls()) {
		t.timing = timing{on: true, submitted: l.clock()}
	}
	t.noteStart()
}

// sample times t if it is one of those that are. l.mu is held.
func (l *Loop) sample(t *task) {
	if !t.timing.on && sampled(l.accepted) {
		t.timing = timing{on: true, submitted: l.clock()}
	}
}

// tell completes an event and gives it to the observers.
func (t *task) tell(ctx context.Context, e Event) context.Context {
	return t.timing.tell(ctx, t.loop, t.body, t.mode(), e)
}

func (tm *timing) tell(ctx context.Context, l *Loop, b body, m Mode, e Event) context.Context {
	e.Loop, e.body, e.Mode = l, b, m
	if e.Step != Submitted {
		tm.measure(&e)
	}
	for i, o := range l.observers {
		e.Data = &tm.data[i]
		if next := o.Observe(ctx, e); e.Step == Started && next != nil {
			ctx = next
		}
	}
	return ctx
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

// mode is how the task's kind is called in public.
func (t *task) mode() Mode {
	switch t.kind {
	case kindAsync:
		return ModeAsync
	case kindSpawn:
		return ModeSpawn
	case kindStream:
		return ModeStream
	}
	return ModeCall
}

// observed reports whether observers are to be told of the task.
func (t *task) observed() bool { return t.timing.on && len(t.loop.observers) > 0 }

// handlerCtx is the context that the handler of t gets. Observers are told that it
// starts.
func (t *task) handlerCtx() context.Context {
	if s := t.loop.slow; s != nil {
		s.mark(t.loop, t.body)
	}
	if !t.observed() {
		return t.ctx
	}
	return t.tell(t.ctx, Event{Step: Started, At: time.Duration(t.timing.started)})
}

// noteStart notes that t begins to run. It is called by whoever takes it out of the
// queue.
func (t *task) noteStart() {
	if t.timing.on {
		t.timing.started = t.loop.clock()
		t.loop.queueTime.add(t.timing.started - t.timing.submitted)
	}
}

// noteAwait notes that the handler of t gives up the role.
func (t *task) noteAwait() {
	if !t.timing.on {
		return
	}
	t.timing.left = t.loop.clock()
	if t.observed() {
		t.tell(t.ctx, Event{Step: Awaiting, At: time.Duration(t.timing.left)})
	}
}

// noteResume notes that it has the role again.
func (t *task) noteResume() {
	if !t.timing.on {
		return
	}
	now := t.loop.clock()
	t.timing.awaited += now - t.timing.left
	t.timing.left = 0
	if t.observed() {
		t.tell(t.ctx, Event{Step: Resumed, At: time.Duration(now)})
	}
}

// noteEnd notes that the handler of t has ended. watched says that its caller is
// still there.
func (t *task) noteEnd(how ending, watched bool, failure *PanicError) {
	if !t.timing.on {
		return
	}
	now := t.loop.clock()
	t.loop.runTime.add(now - t.timing.started - t.timing.awaited)
	if !t.observed() {
		return
	}
	e := Event{Step: Settled, Outcome: how.outcome(), At: time.Duration(now)}
	if !watched {
		e.Step = Ended
	}
	if failure != nil {
		e.Err = failure
	}
	t.tell(t.ctx, e)
}

// noteOutcome tells the observers that t has settled without the end of its handler.
func (t *task) noteOutcome(o Outcome, err error) {
	if t.observed() {
		t.tell(t.ctx, Event{Step: Settled, Outcome: o, Err: err, At: time.Duration(t.loop.clock())})
	}
}

// noteRefusal is noteOutcome for a task that somebody else refused, perhaps after it
// had been accepted.
func (t *task) noteRefusal(err error) {
	if t.accepted {
		t.noteOutcome(Dropped, err)
	} else {
		t.noteOutcome(Refused, err)
	}
}

// noteWithdrawn is noteOutcome for a task whose context has ended.
func (t *task) noteWithdrawn(accepted bool) {
	if !t.observed() {
		return
	}
	err := t.loop.cutShort(t.ctx.parent, t.body, ErrCanceled)
	if accepted {
		t.noteOutcome(Canceled, err)
	} else {
		t.noteOutcome(Refused, err)
	}
}

// noteAbandoned is noteOutcome for a task whose handler goes on. What changes while it
// does is not looked at.
func (t *task) noteAbandoned() {
	if !t.observed() {
		return
	}
	l, tm := t.loop, &t.timing
	e := Event{
		Step: Settled, Outcome: Abandoned, Loop: l, Mode: t.mode(), body: t.body,
		Err: l.cutShort(t.ctx.parent, t.body, ErrAbandoned),
		At:  time.Duration(l.clock()), Queued: time.Duration(tm.started - tm.submitted),
	}
	for i, o := range l.observers {
		e.Data = &tm.data[i]
		o.Observe(t.ctx, e)
	}
}

// turnAway counts a call that never becomes a task, tells the observers, and returns
// the error.
func (l *Loop) turnAway(ctx context.Context, b body, m Mode, err *Error) *Error {
	l.counters.refused.Add(1)
	if len(l.observers) > 0 {
		tm := timing{on: true, submitted: l.clock(), data: make([]any, len(l.observers))}
		at := time.Duration(tm.submitted)
		tm.tell(ctx, l, b, m, Event{Step: Submitted, At: at})
		tm.tell(ctx, l, b, m, Event{Step: Settled, Outcome: Refused, Err: err, At: at})
	}
	return err
}

// An inlineNote tells observers of a call that runs inside the handler of another. It
// is nil if there are none.
type inlineNote struct {
	timing
	loop *Loop
	body body
}

func (l *Loop) noteInline(ctx context.Context, b body) *inlineNote {
	if len(l.observers) == 0 {
		return nil
	}
	n := &inlineNote{loop: l, body: b}
	n.timing = timing{on: true, submitted: l.clock(), data: make([]any, len(l.observers))}
	n.started = n.submitted
	n.tell(ctx, l, b, ModeInline, Event{Step: Submitted, At: time.Duration(n.submitted)})
	return n
}

func (n *inlineNote) start(ctx context.Context) context.Context {
	if n == nil {
		return ctx
	}
	return n.tell(ctx, n.loop, n.body, ModeInline, Event{Step: Started, At: time.Duration(n.started)})
}

func (n *inlineNote) end(ctx context.Context, how ending, failure *PanicError) {
	if n == nil {
		return
	}
	e := Event{Step: Settled, Outcome: how.outcome(), At: time.Duration(n.loop.clock())}
	if failure != nil {
		e.Err = failure
	}
	n.tell(ctx, n.loop, n.body, ModeInline, e)
}

func (how ending) outcome() Outcome {
	switch how {
	case endPanic:
		return Panicked
	case endGoexit:
		return Exited
	}
	return Returned
}
