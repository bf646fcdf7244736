// Package otelloop tells OpenTelemetry what loops do: [Tracing] makes spans, [Metrics]
// counts and measures tasks, and [Gauges] shows how long the queues are.
//
//	l := loop.New(
//		loop.WithName("bank"),
//		loop.WithObserver(otelloop.Tracing(nil)),
//	)
package otelloop

import "go.opentelemetry.io/otel/attribute"

// scope names the instrumentation.
const scope = "github.com/asyncgen/asyncgen/observe/otel"

// The attributes of spans and metrics.
const (
	KeyLoop    = attribute.Key("loop.name")
	KeyHandler = attribute.Key("loop.handler")
	KeyMode    = attribute.Key("loop.mode")    // of spans: as loop.Mode says
	KeyOutcome = attribute.Key("loop.outcome") // as loop.Outcome says
)
