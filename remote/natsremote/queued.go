package natsremote

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// What becomes of a serial call, for its caller. It moves on once.
const (
	callQueued    = iota + 1 // nobody has claimed it
	callClaimed              // a worker may be running it
	callWithdrawn            // it will not run
)

// A queued call is a serial call that its caller waits for.
type queued struct {
	e     *Engine
	c     *engine.Call
	ctx   context.Context
	box   *inbox
	w     *waiting // for claims, beats and the reply
	state atomic.Int32

	storing *storing // nil when the stream has answered
	number  uint64   // in the stream, then
	asked   *waiting // for a worker's word on where the call is, or nil
	check   *time.Timer
}

// handle gets what workers say, on the goroutine of the inbox.
func (q *queued) handle(m *nats.Msg) {
	if isClaim(m) {
		q.claimed(m)
	} else if q.box.take(q.w) {
		q.w.events <- event{msg: m}
	}
}

// claimed answers a worker that wants to run the call.
func (q *queued) claimed(m *nats.Msg) {
	if q.ctx.Err() != nil || !q.state.CompareAndSwap(callQueued, callClaimed) {
		q.e.answerClaim(m, false, 0)
		return
	}
	q.box.bear(q.w, false)
	var left time.Duration
	if deadline, ok := q.ctx.Deadline(); ok {
		left = max(time.Until(deadline), time.Millisecond)
	}
	if q.e.answerClaim(m, true, left) != nil {
		// The answer was not sent: the worker will not run it.
		q.box.bear(q.w, true)
		q.state.Store(callQueued)
	}
}

// withdraw makes sure that the call does not run, and reports whether that is so.
func (q *queued) withdraw() bool { return q.state.CompareAndSwap(callQueued, callWithdrawn) }

// wait waits for the reply, or for a reason not to.
func (q *queued) wait() (*engine.Reply, error) {
	q.check = time.NewTimer(first)
	defer q.release()
	for {
		select {
		case ev := <-q.w.events:
			return q.settle(ev)
		case ev := <-q.stored():
			number, err := q.storing.confirm(ev)
			q.storing, q.number = nil, number
			if err != nil && q.withdraw() {
				return nil, q.refused(err)
			}
		case <-q.late():
			q.storing.drop(true)
			q.storing = nil
			if q.withdraw() {
				return nil, engine.NewError(engine.FateNotRun, engine.ErrUnreachable, q.e.unconfirmed())
			}
		case <-q.check.C:
			q.ask()
		case ev := <-q.answers():
			if err := q.told(ev); err != nil {
				return nil, err
			}
		case <-q.ctx.Done():
			return q.ended()
		}
	}
}

// refused says why the stream did not store the call.
func (q *queued) refused(err error) error {
	if errors.Is(err, errNoStream) && !slices.Contains(q.e.versions(q.ctx, q.c.Route), q.c.Schema) {
		return q.e.noWorker(q.ctx, q.c.Route)
	}
	return q.e.notStored(err)
}

// These are the channels that wait has to look at, nil for those that it need not.

func (q *queued) stored() <-chan event {
	if q.storing == nil {
		return nil
	}
	return q.storing.w.events
}

func (q *queued) late() <-chan time.Time {
	if q.storing == nil {
		return nil
	}
	return q.storing.limit.C
}

func (q *queued) answers() <-chan event {
	if q.asked == nil {
		return nil
	}
	return q.asked.events
}

// settle returns what came of a call whose wait has ended.
func (q *queued) settle(ev event) (*engine.Reply, error) {
	if ev.err != nil && q.withdraw() {
		return nil, q.e.notSent(ev.err)
	}
	return q.e.settle(q.ctx, q.c, ev)
}

// ended is settle for a caller whose context has ended.
func (q *queued) ended() (*engine.Reply, error) {
	if q.withdraw() {
		return nil, engine.Ended(q.ctx, engine.FateNotRun)
	}
	q.e.cancel(q.c.Service, q.w.reply)
	grace := time.NewTimer(q.e.config.cancelGrace)
	defer grace.Stop()
	select {
	case ev := <-q.w.events:
		return q.settle(ev)
	case <-grace.C:
	}
	if !q.box.take(q.w) {
		return q.settle(<-q.w.events)
	}
	return nil, engine.Ended(q.ctx, engine.FateUnknown)
}

// release gives back what the call still has. Its waiting is not used again: a claim may be
// on its way to it.
func (q *queued) release() {
	q.box.take(q.w)
	q.check.Stop()
	if q.storing != nil {
		q.storing.drop(false)
	}
	if q.asked != nil {
		q.forget()
	}
}

func (q *queued) forget() {
	if !q.e.inbox.take(q.asked) {
		<-q.asked.events
	}
	q.e.inbox.release(q.asked)
	q.asked = nil
}
