package main

import (
	"context"
	"io"
	"log/slog"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/observe"
	"github.com/asyncgen/asyncgen/observe/otelloop"
)

// A contender is a way to look at a loop, or none.
type contender struct {
	name string
	make func() (loop.Option, error)
}

// observer makes a contender of an observer, nil for none.
func observer(name string, make func() (loop.Observer, error)) contender {
	return contender{name, func() (loop.Option, error) {
		o, err := make()
		return loop.WithObserver(o), err
	}}
}

// none is what all others are compared with.
const none = "no observer"

func contenders() []contender {
	return []contender{
		observer(none, func() (loop.Observer, error) { return nil, nil }),
		observer("no observer, again", func() (loop.Observer, error) { return nil, nil }),
		observer("an observer that counts", func() (loop.Observer, error) { return new(counter), nil }),
		observer("`observe.Log`, level off", logAt(slog.LevelError)),
		observer("`observe.Log`, every step, as text to nowhere", logAt(slog.LevelDebug)),
		observer("`observe.Trace`, no trace being taken", func() (loop.Observer, error) { return observe.Trace(), nil }),
		{"`loop.WithSlowHandler`, none being slow", func() (loop.Option, error) { return loop.WithSlowHandler(0, nil), nil }},
		observer("`observe.Labels`", func() (loop.Observer, error) { return observe.Labels(), nil }),
		observer("`otelloop.Metrics`", func() (loop.Observer, error) {
			return otelloop.Metrics(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())))
		}),
		observer("`otelloop.Tracing`, not sampled", tracing(sdktrace.WithSampler(sdktrace.NeverSample()))),
		observer("`otelloop.Tracing`, sampled, exported to nowhere", tracing(sdktrace.WithSyncer(tracetest.NewNoopExporter()))),
	}
}

func logAt(level slog.Level) func() (loop.Observer, error) {
	return func() (loop.Observer, error) {
		h := slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: level})
		return observe.Log(slog.New(h), observe.LogOptions{}), nil
	}
}

func tracing(o sdktrace.TracerProviderOption) func() (loop.Observer, error) {
	return func() (loop.Observer, error) { return otelloop.Tracing(sdktrace.NewTracerProvider(o)), nil }
}

// addCall is a call of the handler, as the generator writes it.
type addCall struct {
	n      *int
	by     int
	result int
}

// Run is the handler.
func (c *addCall) Run(context.Context) error {
	*c.n += c.by
	c.result = *c.n
	return nil
}

// Handler returns the handler, whose position errors name.
func (*addCall) Handler() any { return (*addCall).Run }

// A table is the contenders on one executor.
type table struct {
	Executor string
	Rows     []row
}

// A row is one contender in a table.
type row struct {
	Name          string
	Nanos         float64
	More          float64 // nanoseconds more than without an observer, in the same round
	Low, High     float64 // the middle half of the rounds lies between them
	Allocs, Bytes float64
}

func measureTable(p measure.Plan, executor string, options ...loop.Option) (t table, err error) {
	t.Executor = executor
	var cases []*measure.Case
	for _, c := range contenders() {
		look, err := c.make()
		if err != nil {
			return t, err
		}
		l := loop.New(append(options, look)...)
		defer l.Close()
		cases = append(cases, &measure.Case{Name: c.name, Context: context.Background(), Callers: 1, Batch: calls(l)})
	}
	series, err := measure.Rounds(p, cases)
	if err != nil {
		return t, err
	}
	for i, s := range series {
		t.Rows = append(t.Rows, rowOf(cases[i].Name, s, series[0]))
	}
	return t, nil
}

// calls makes calls of a handler that adds a number.
func calls(l *loop.Loop) measure.Batch {
	b, sum := &loopimpl.Bridge{Name: "benchmark.Add"}, 0
	return func(ctx context.Context, _, n int) error {
		for range n {
			if _, err := loopimpl.Call(ctx, l, b, addCall{n: &sum, by: 1}); err != nil {
				return err
			}
		}
		return nil
	}
}

func rowOf(name string, s, base measure.Series) row {
	more := make([]float64, len(s))
	for i := range s {
		more[i] = s[i].Nanos - base[i].Nanos
	}
	return row{
		Name: name, Nanos: s.Nanos(), Allocs: s.Allocs(), Bytes: s.Bytes(),
		More: measure.Quantile(more, 0.5), Low: measure.Quantile(more, 0.25), High: measure.Quantile(more, 0.75),
	}
}
