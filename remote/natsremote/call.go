package natsremote

import (
	"context"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
)

// Call sends a call to one worker and waits.
func (e *Engine) Call(ctx context.Context, c *engine.Call) (*engine.Reply, error) {
	e.mustBeMade()
	if ctx.Err() != nil {
		return nil, engine.Ended(ctx, engine.FateNotRun)
	}
	if err := subject.Check(c.Service, c.Method, c.Schema); err != nil {
		return nil, engine.NewError(engine.FateNotRun, engine.ErrMalformed, err)
	}
	if c.Serial {
		return e.callSerial(ctx, c)
	}
	to := e.names.Call(c.Service, c.Method, c.Schema)
	w, err := e.inbox.add(to, c.Service)
	if err != nil {
		return nil, e.notSent(err)
	}
	m := e.out.envelope(to, c.Body)
	m.setCall(c)
	m.msg.Reply, m.call = w.reply, w.number
	e.out.send(m)
	return e.await(ctx, c, w)
}

// await waits for the reply to a call that was sent. If its context ends, the worker is told, and
// has a moment to say whether the handler ran. It gives w back.
func (e *Engine) await(ctx context.Context, c *engine.Call, w *waiting) (*engine.Reply, error) {
	select {
	case ev := <-w.events:
		e.inbox.release(w)
		return e.settle(ctx, c, ev)
	case <-ctx.Done():
	}
	e.cancel(c.Service, w.reply)
	grace := time.NewTimer(e.config.cancelGrace)
	defer grace.Stop()
	select {
	case ev := <-w.events:
		e.inbox.release(w)
		return e.settle(ctx, c, ev)
	case <-grace.C:
	}
	if !e.inbox.take(w) {
		ev := <-w.events
		e.inbox.release(w)
		return e.settle(ctx, c, ev)
	}
	e.inbox.release(w)
	return nil, engine.Ended(ctx, engine.FateUnknown)
}

// cancel tells the workers of a service that nobody waits at a reply subject any more. Callers choose IDs of
// calls, and two may choose the same: reply subjects are unique.
func (e *Engine) cancel(service, reply string) {
	// It goes the way of the call, so as not to overtake it. If it cannot be sent, the handler learns
	// from its own deadline or not at all.
	e.out.send(e.out.envelope(e.names.Cancel(service), []byte(reply)))
}

// ask lets the worker of a call that has not been heard of say that it is still running, or send
// its reply again.
func (e *Engine) ask(w question) {
	e.out.send(e.out.envelope(e.names.Cancel(w.service), []byte(asking+w.reply)))
}

// asking begins what is no cancel, on the same subject.
const asking = "?"

// settle turns what ended the wait into what came of the call.
func (e *Engine) settle(ctx context.Context, c *engine.Call, ev event) (*engine.Reply, error) {
	if ev.unsent {
		return nil, e.notSent(ev.err)
	}
	if ev.err != nil {
		return nil, engine.NewError(engine.FateUnknown, ev.err, ev.cause)
	}
	if isNoResponders(ev.msg) {
		return nil, e.noWorker(ctx, c.Route)
	}
	r, err := decodeReply(c.Codec, ev.msg)
	if err != nil {
		e.count.malformed.Add(1)
		return nil, engine.NewError(engine.FateUnknown, engine.ErrMalformed, err)
	}
	return r, nil
}
