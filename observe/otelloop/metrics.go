package otelloop

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/asyncgen/asyncgen/loop"
)

// Metrics returns an observer that measures every task with instruments of p, or of the
// global provider if p is nil:
//
//   - asyncgen.loop.tasks: tasks that have settled, by outcome;
//   - asyncgen.loop.queue.duration: seconds from the submission to the start of the handler;
//   - asyncgen.loop.run.duration: seconds that the handler has held the loop role, which is less
//     than it took if it was in Await.
//
// All have the attributes [KeyLoop] and [KeyHandler]. Give loops that come and go, one
// for each session say, the same name. [Gauges] shows what is in the queues.
func Metrics(p metric.MeterProvider) (loop.Observer, error) {
	if p == nil {
		p = otel.GetMeterProvider()
	}
	m, meter := new(metrics), p.Meter(scope)
	var err error
	if m.tasks, err = meter.Int64Counter("asyncgen.loop.tasks", metric.WithUnit("{task}"),
		metric.WithDescription("Tasks that have settled, by outcome.")); err != nil {
		return nil, err
	}
	if m.queue, err = seconds(meter, "asyncgen.loop.queue.duration", "Time from submission to start."); err != nil {
		return nil, err
	}
	m.run, err = seconds(meter, "asyncgen.loop.run.duration", "Time that a handler has held the loop role.")
	return m, err
}

// seconds makes a histogram of times from a microsecond on: a loop is expected to be
// faster than what OpenTelemetry's own buckets are made for.
func seconds(meter metric.Meter, name, about string) (metric.Float64Histogram, error) {
	return meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(about),
		metric.WithExplicitBucketBoundaries(1e-6, 1e-5, 1e-4, 1e-3, 5e-3, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60))
}

type metrics struct {
	tasks      metric.Int64Counter
	queue, run metric.Float64Histogram

	kept  sync.Map // of series to metric.MeasurementOption
	count atomic.Int64
}

// A series is a set of attributes. Sets take longer to make than everything else here, so
// they are kept, up to maxKept of them.
type series struct {
	loop, handler string
	outcome       loop.Outcome // Pending: without one
}

const maxKept = 10_000

// Observe measures.
func (m *metrics) Observe(ctx context.Context, e loop.Event) context.Context {
	switch e.Step {
	case loop.StepStarted:
		m.queue.Record(ctx, e.Queued.Seconds(), m.with(e, loop.OutcomePending))
	case loop.StepSettled:
		m.tasks.Add(ctx, 1, m.with(e, e.Outcome))
		if e.Outcome == loop.OutcomeReturned || e.Outcome == loop.OutcomePanicked || e.Outcome == loop.OutcomeExited {
			m.run.Record(ctx, e.Ran.Seconds(), m.with(e, loop.OutcomePending))
		}
	case loop.StepEnded:
		m.run.Record(ctx, e.Ran.Seconds(), m.with(e, loop.OutcomePending))
	}
	return ctx
}

// with returns the attributes of a measurement.
func (m *metrics) with(e loop.Event, o loop.Outcome) metric.MeasurementOption {
	s := series{e.Loop.Name(), e.Handler(), o}
	if kept, ok := m.kept.Load(s); ok {
		return kept.(metric.MeasurementOption)
	}
	attributes := []attribute.KeyValue{KeyLoop.String(s.loop), KeyHandler.String(s.handler)}
	if o != loop.OutcomePending {
		attributes = append(attributes, KeyOutcome.String(o.String()))
	}
	with := metric.WithAttributeSet(attribute.NewSet(attributes...))
	if m.count.Add(1) <= maxKept {
		m.kept.Store(s, with)
	}
	return with
}
