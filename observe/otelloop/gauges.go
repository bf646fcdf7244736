package otelloop

import (
	"context"
	"iter"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/asyncgen/asyncgen/loop"
)

// Gauges makes instruments of p, or of the global provider if p is nil, that show what
// loops are doing whenever they are collected:
//
//   - asyncgen.loop.queue.length: tasks in the queue;
//   - asyncgen.loop.queue.capacity: tasks for which the queue has room;
//   - asyncgen.loop.waiting: submitters that wait for room;
//   - asyncgen.loop.running: handlers that have started and not ended;
//   - asyncgen.loop.awaiting: those of them that are in Await.
//
// They have the attribute [KeyLoop], and loops with equal names are added up.
//
// loops is what to look at, [loop.Loops] if it is nil. It is asked at each collection,
// which costs the loops nothing: nobody is stopped, and no call is slower. Unregister
// what Gauges returns to end it.
func Gauges(p metric.MeterProvider, loops func() iter.Seq[*loop.Loop]) (metric.Registration, error) {
	if p == nil {
		p = otel.GetMeterProvider()
	}
	if loops == nil {
		loops = loop.Loops
	}
	meter := p.Meter(scope)
	var all []metric.Observable
	var gauges [len(kinds)]metric.Int64ObservableGauge
	for i, k := range kinds {
		g, err := meter.Int64ObservableGauge(k.name, metric.WithUnit(k.unit), metric.WithDescription(k.about))
		if err != nil {
			return nil, err
		}
		gauges[i] = g
		all = append(all, g)
	}
	return meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for name, levels := range levelsOf(loops()) {
			for i, g := range gauges {
				o.ObserveInt64(g, levels[i], metric.WithAttributes(KeyLoop.String(name)))
			}
		}
		return nil
	}, all...)
}

// kinds are the gauges, and levels their values.
var kinds = [...]struct{ name, unit, about string }{
	{"asyncgen.loop.queue.length", "{task}", "Tasks in the queue."},
	{"asyncgen.loop.queue.capacity", "{task}", "Tasks for which the queue has room."},
	{"asyncgen.loop.waiting", "{task}", "Submitters that wait for room in the queue."},
	{"asyncgen.loop.running", "{task}", "Handlers that have started and not ended, those in Await included."},
	{"asyncgen.loop.awaiting", "{task}", "Handlers in Await."},
}

type levels [len(kinds)]int64

// levelsOf adds up the loops that have not stopped, by name.
func levelsOf(loops iter.Seq[*loop.Loop]) map[string]levels {
	sums := make(map[string]levels)
	for l := range loops {
		s := l.Snapshot(0)
		if s.Done {
			continue
		}
		sum := sums[s.Loop]
		for i, n := range [...]int{s.Stats.Queued, s.Capacity, s.Stats.Waiting, s.Stats.Running, s.Stats.Awaiting} {
			sum[i] += int64(n)
		}
		sums[s.Loop] = sum
	}
	return sums
}
