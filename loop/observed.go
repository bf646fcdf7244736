package loop

import (
	"context"
	"time"
)

// begin clears the timing of a task that is about to be submitted, and tells the
// observers.
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

// observe tells the observers that t is submitted. It becomes a timed task if one of
// them wants to know the times.
func (t *task) observe() {
	l := t.loop
	data := t.timing.data
	if data == nil {
		data = make([]any, len(l.observers))
	}
	clear(data)
	t.timing = timing{told: true, on: l.timed, data: data}
	t.timing.submitted = t.now()
	t.tell(t.ctx.parent, &Event{Step: Submitted, At: time.Duration(t.timing.submitted)})
}

// beginDirect is begin and handlerCtx for a direct call, which starts at once. It need not
// be called if nobody looks and the call is not one of the sample.
func (t *task) beginDirect(counted bool) context.Context {
	t.begin()
	if s := t.loop.slow; s != nil {
		s.direct.Store(t.loop.clock())
		s.arm(t.loop)
	}
	if counted {
		t.timing.take(t.loop)
	}
	if t.timing.on {
		t.timing.counted = counted
		t.started(t.timing.submitted) // what little time there was is not worth another look at the clock
	}
	return t.handlerCtx()
}

// sample times t if it is one of those that are. l.mu is held.
func (l *Loop) sample(t *task) {
	if !sampled(l.accepted) {
		return
	}
	t.timing.take(l)
	t.timing.counted = true
}

// tell completes an event and gives it to the observers.
func (t *task) tell(ctx context.Context, e *Event) context.Context {
	return t.timing.tell(ctx, t.loop, t.body, t.mode(), e)
}

func (tm *timing) tell(ctx context.Context, l *Loop, b body, m Mode, e *Event) context.Context {
	e.Loop, e.body, e.Mode = l, b, m
	if tm.on && e.Step != Submitted {
		tm.measure(e)
	}
	for i, o := range l.observers {
		e.Data = &tm.data[i]
		if next := o.Observe(ctx, *e); e.Step == Started && next != nil {
			ctx = next
		}
	}
	return ctx
}

// mode is how the task's kind is called in public.
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

// observed reports whether observers are to be told of the task.
func (t *task) observed() bool { return t.timing.told }

// handlerCtx is the context that the handler of t gets. Observers are told that it
// starts.
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
	return t.tell(t.ctx, &Event{Step: Started, At: time.Duration(t.timing.started)})
}

// noteStart notes that t begins to run. It is called by whoever takes it out of the
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
		t.tell(t.ctx, &Event{Step: Awaiting, At: time.Duration(t.timing.left)})
	}
}

// noteResume notes that it has the role again.
func (t *task) noteResume() {
	now := t.now()
	t.timing.awaited += now - t.timing.left
	t.timing.left = 0
	if t.observed() {
		t.tell(t.ctx, &Event{Step: Resumed, At: time.Duration(now)})
	}
}

// noteEnd notes that the handler of t has ended. watched says that its caller is
// still there.
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
	e := Event{Step: Settled, Outcome: how.outcome(), At: time.Duration(now)}
	if !watched {
		e.Step = Ended
	}
	if failure != nil {
		e.Err = failure
	}
	t.tell(t.ctx, &e)
}

// noteOutcome tells the observers that t has settled without the end of its handler.
func (t *task) noteOutcome(o Outcome, err error) {
	if t.observed() {
		t.tell(t.ctx, &Event{Step: Settled, Outcome: o, Err: err, At: time.Duration(t.now())})
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
	l.mu.Lock() // whoever starts the handler may not have noted yet when
	started := tm.started
	l.mu.Unlock()
	e := Event{
		Step: Settled, Outcome: Abandoned, Loop: l, Mode: t.mode(), body: t.body,
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
		return Panicked
	case endGoexit:
		return Exited
	}
	return Returned
}
