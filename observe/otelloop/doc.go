// Package otelloop connects loops with OpenTelemetry: [Tracing] makes spans, [Metrics]
// counts and measures tasks, [Gauges] exports the lengths of queues, and [Propagator]
// carries the trace context of remote calls.
//
//	l := loop.New(
//		loop.WithName("bank"),
//		loop.WithObserver(otelloop.Tracing(nil)),
//	)
package otelloop

import "go.opentelemetry.io/otel/attribute"

// scope names the instrumentation.
const scope = "github.com/asyncgen/asyncgen/observe/otelloop"

// The attributes of spans and metrics. Names of instruments and attributes begin with
// "asyncgen.loop.".
const (
	KeyLoop      = attribute.Key("asyncgen.loop.name")
	KeyHandler   = attribute.Key("asyncgen.loop.handler")
	KeyMode      = attribute.Key("asyncgen.loop.mode")      // of spans: the text of a loop.Mode
	KeyOutcome   = attribute.Key("asyncgen.loop.outcome")   // the text of a loop.Outcome
	KeyAbandoned = attribute.Key("asyncgen.loop.abandoned") // of spans whose callers have left: true
)
