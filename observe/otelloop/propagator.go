package otelloop

import (
	"context"

	"go.opentelemetry.io/otel/propagation"

	"github.com/asyncgen/asyncgen/remote"
)

// Propagator has the trace context of remote calls written and read by p, such as
// propagation.TraceContext{}: give it to clients and workers with remote.WithPropagator. The
// span of a handler is then a child of the caller's.
func Propagator(p propagation.TextMapPropagator) remote.Propagator { return propagator{p} }

type propagator struct{ p propagation.TextMapPropagator }

func (a propagator) Inject(ctx context.Context, set func(key, value string)) {
	a.p.Inject(ctx, carrier{set: set})
}

func (a propagator) Extract(ctx context.Context, get func(key string) string) context.Context {
	return a.p.Extract(ctx, carrier{get: get})
}

// carrier is the headers of one message, to be written or to be read.
type carrier struct {
	set func(key, value string)
	get func(key string) string
}

func (c carrier) Set(key, value string) { c.set(key, value) }

func (c carrier) Get(key string) string { return c.get(key) }

// Keys is asked by no propagator that knows its headers.
func (c carrier) Keys() []string { return nil }
