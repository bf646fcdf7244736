package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// A dispatcher is a worker, as its engine uses it.
type dispatcher struct{ worker *Worker }

// Name implements [engine.Dispatcher].
func (d dispatcher) Name() string { return d.worker.config.name }

// Methods implements [engine.Dispatcher].
func (d dispatcher) Methods() []engine.Route {
	w := d.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	var routes []engine.Route
	for _, h := range w.handlers {
		routes = append(routes, h.Route)
	}
	slices.SortFunc(routes, func(a, b engine.Route) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Schema, b.Schema))
	})
	return routes
}

// Begin implements [engine.Dispatcher]. It looks at what is around the arguments; they are decoded
// on a goroutine of the call's own.
func (d dispatcher) Begin(c *engine.Call) (start func(ctx context.Context, reply func(*engine.Reply)), refused *engine.Reply) {
	w := d.worker
	h, refused := w.admit(c)
	if refused != nil {
		w.counts.count(refused.Status)
		refused.Worker = w.config.name
		return nil, refused
	}
	in := &invocation{worker: w, handler: h, call: c, codec: w.codecNamed(c.Codec)}
	return in.start, nil
}

// admit finds the handler and counts the call in, or refuses it.
func (w *Worker) admit(c *engine.Call) (door.Handler, *engine.Reply) {
	w.mu.Lock()
	h, ok := w.handlers[c.Address]
	ended := w.state == closed
	w.mu.Unlock()
	limit := w.config.maxMessage(w.engine)
	switch {
	case ended:
		return h, refusal(engine.StatusClosed, "the worker is closed")
	case !ok:
		return h, refusal(engine.StatusUnknown, strings.Join(w.schemas(c.Address), " "))
	case len(c.Body) > limit:
		return h, refusal(engine.StatusMalformed, sizeError{len(c.Body), limit}.Error())
	case w.codecNamed(c.Codec) == nil:
		return h, refusal(engine.StatusMalformed, fmt.Sprintf("no codec %.40q", c.Codec))
	}
	if n := w.counts.inFlight.Add(1); n > int64(w.config.inFlight) {
		w.counts.inFlight.Add(-1)
		return h, refusal(engine.StatusOverloaded, fmt.Sprintf("%d calls are in flight", w.config.inFlight))
	}
	return h, nil
}

func refusal(s engine.Status, message string) *engine.Reply {
	return &engine.Reply{Status: s, Message: message}
}

// schemas returns the versions of a method that the worker has.
func (w *Worker) schemas(a engine.Address) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for have := range w.handlers {
		if have.Service == a.Service && have.Method == a.Method {
			list = append(list, have.Schema)
		}
	}
	slices.Sort(list)
	return list
}

// codecNamed returns the codec that a call is encoded with, or nil. A call that does not say
// is a person's, and JSON.
func (w *Worker) codecNamed(name string) Codec {
	if name == "" {
		return JSON()
	}
	i := slices.IndexFunc(w.config.codecs, func(c Codec) bool { return c.Name() == name })
	if i < 0 {
		return nil
	}
	return w.config.codecs[i]
}

// start has the call run on another goroutine.
func (in *invocation) start(ctx context.Context, reply func(*engine.Reply)) {
	in.ctx, in.reply = ctx, reply
	in.worker.runners.run(in)
}

// run runs the call to its end. The answer is given in a deferred function, because a handler
// may end the goroutine of the caller that waits for it, which is this one.
func (in *invocation) run() {
	w := in.worker
	var out *engine.Reply
	defer func() {
		if v := recover(); v != nil {
			out = in.panicked(v)
		} else if out == nil {
			out = refusal(engine.StatusExited, "the handler called runtime.Goexit")
		}
		w.complete(in, out)
		w.counts.count(out.Status)
		w.counts.inFlight.Add(-1)
		in.reply(out)
	}()
	ctx, cancel := w.contextOf(in)
	defer cancel()
	out = in.handler.Serve(ctx, in)
}

// contextOf returns the handler's context: it has the caller's deadline and what came with
// the call.
func (w *Worker) contextOf(in *invocation) (context.Context, context.CancelFunc) {
	c := in.call
	d := Delivery{ID: c.ID, Key: c.Key, Worker: w.config.name, Attempt: max(c.Attempt, 1), Fence: c.Fence, Durable: c.Durable}
	in.delivered = deliveryContext{w.config.unpack(in.ctx, c.Meta), d}
	if c.Timeout > 0 {
		return context.WithTimeout(&in.delivered, c.Timeout)
	}
	return &in.delivered, func() {}
}

// complete fills in what every reply has, and sees that it can be sent.
func (w *Worker) complete(in *invocation, out *engine.Reply) {
	out.Worker, out.Codec, out.Message = w.config.name, in.codec.Name(), cut(out.Message)
	limit := w.config.maxMessage(w.engine)
	if len(out.Body) <= limit {
		return
	}
	out.Status, out.Message = engine.StatusUnanswered, "the answer is too large: "+sizeError{len(out.Body), limit}.Error()
	out.Body = nil
}
