package remote

import (
	"context"
	"strings"
)

// A ContextValue is a value that travels with calls, by name. Get finds it in the caller's
// context, Set puts it into the handler's. Both are called for every call, by any goroutine.
type ContextValue struct {
	// Name is a word of letters, digits and hyphens. Case does not matter.
	Name string
	Get  func(ctx context.Context) (value string, ok bool)
	Set  func(ctx context.Context, value string) context.Context
}

// A Propagator writes the trace context of a call and reads it. Keys are lower-case names
// of headers.
type Propagator interface {
	Inject(ctx context.Context, set func(key, value string))
	Extract(ctx context.Context, get func(key string) string) context.Context
}

// valuePrefix keeps the names of context values apart from those of trace headers.
const valuePrefix = "value-"

// traceHeaders are those of the W3C's recommendations Trace Context and Baggage.
func traceHeaders() [3]string { return [3]string{"traceparent", "tracestate", "baggage"} }

// carried returns what travels with a call besides its arguments.
func (c *shared) carried(ctx context.Context) map[string]string {
	trace, _ := ctx.Value(traceKey{}).(map[string]string)
	if len(c.values) == 0 && c.tracer == nil && len(trace) == 0 {
		return nil
	}
	var meta map[string]string
	set := func(key, value string) {
		if meta == nil {
			meta = map[string]string{}
		}
		meta[key] = value
	}
	for _, v := range c.values {
		if s, ok := v.Get(ctx); ok {
			set(valuePrefix+strings.ToLower(v.Name), s)
		}
	}
	if c.tracer != nil {
		c.tracer.Inject(ctx, set)
		return meta
	}
	for key, value := range trace {
		set(key, value)
	}
	return meta
}

// unpack puts what came with a call into the handler's context.
func (c *shared) unpack(ctx context.Context, meta map[string]string) context.Context {
	for _, v := range c.values {
		if s, ok := meta[valuePrefix+strings.ToLower(v.Name)]; ok {
			ctx = v.Set(ctx, s)
		}
	}
	if c.tracer != nil {
		return c.tracer.Extract(ctx, func(key string) string { return meta[key] })
	}
	var trace map[string]string
	for _, key := range traceHeaders() {
		if value, ok := meta[key]; ok {
			if trace == nil {
				trace = map[string]string{}
			}
			trace[key] = value
		}
	}
	if trace != nil {
		ctx = context.WithValue(ctx, traceKey{}, trace)
	}
	return ctx
}

type (
	traceKey    struct{}
	idKey       struct{}
	deliveryKey struct{}
)

// WithTrace returns a context whose calls carry the given trace context, for programs that
// have no [Propagator]: the value of the header traceparent, and those of tracestate and
// baggage, which may be empty.
func WithTrace(ctx context.Context, traceparent, tracestate, baggage string) context.Context {
	trace := map[string]string{}
	for i, value := range [...]string{traceparent, tracestate, baggage} {
		if value != "" {
			trace[traceHeaders()[i]] = value
		}
	}
	return context.WithValue(ctx, traceKey{}, trace)
}

// TraceOf returns the trace context that came with the call of the handler to which ctx
// belongs, or that [WithTrace] put into ctx. The strings are empty if there is none.
func TraceOf(ctx context.Context) (traceparent, tracestate, baggage string) {
	trace, _ := ctx.Value(traceKey{}).(map[string]string)
	return trace["traceparent"], trace["tracestate"], trace["baggage"]
}

// WithID returns a context whose durable calls have the given ID. Two with the same ID are
// the same work: the engine stores one of them, if the second comes soon enough; otherwise the handler gets both, with the
// ID in their [Delivery]. Without WithID each call has an ID of its own.
//
// The ID holds for every call that is made with ctx, of whatever method.
func WithID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

func idOf(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}

// A Delivery describes how a call came to its worker.
type Delivery struct {
	// ID identifies the call. Durable work that is delivered again has the same ID: a handler that remembers it does the work
	// once.
	ID string
	// Key is the key of a serial call.
	Key string
	// Worker is the name of the worker that runs the handler.
	Worker string
	// Attempt counts deliveries of the same work, from 1.
	Attempt int
	// Fence grows with each delivery of a serial call to any worker of its key. A store that
	// refuses writes with a smaller number than its last one is safe from a worker that
	// was cut off from the network and replaced.
	Fence uint64
	// Durable reports whether the call was stored, and nobody waits for the result.
	Durable bool
}

// deliveryContext is a context with a delivery. It costs less than a value of any type in a
// context of its own.
type deliveryContext struct {
	context.Context
	delivery Delivery
}

// Value implements [context.Context].
func (c *deliveryContext) Value(key any) any {
	if key == (deliveryKey{}) {
		return &c.delivery
	}
	return c.Context.Value(key)
}

// DeliveryOf returns how the call came here, in a handler that a worker runs. It reports
// false everywhere else.
func DeliveryOf(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(deliveryKey{}).(*Delivery)
	if !ok {
		return Delivery{}, false
	}
	return *d, true
}
