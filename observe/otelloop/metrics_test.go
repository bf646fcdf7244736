package otelloop_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe/otelloop"
)

// collect returns what a real SDK has measured, by instrument.
func collect(t *testing.T, r *sdkmetric.ManualReader) map[string]metricdata.Aggregation {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, r.Collect(context.Background(), &all))
	found := make(map[string]metricdata.Aggregation)
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			found[m.Name] = m.Data
		}
	}
	return found
}

func set(handler, outcome string) attribute.Set {
	kv := []attribute.KeyValue{otelloop.KeyLoop.String("bank"), otelloop.KeyHandler.String(handler)}
	if outcome != "" {
		kv = append(kv, otelloop.KeyOutcome.String(outcome))
	}
	return attribute.NewSet(kv...)
}

func TestMetricsCountAndMeasure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		reader := sdkmetric.NewManualReader()
		o, err := otelloop.Metrics(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
		require.NoError(t, err)
		l := newLoop(t, "bank", o)
		busy(t, l)
		for range 3 {
			require.NoError(t, call(context.Background(), l, &handler{Name: "bank.Pay"}, func(ctx context.Context) error {
				time.Sleep(2 * time.Second)
				return loop.Sleep(ctx, time.Hour)
			}))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = call(ctx, l, &handler{Name: "bank.Slow", Abandon: true}, func(context.Context) error { time.Sleep(4 * time.Second); return nil })
		require.NoError(t, l.Shutdown(context.Background()))
		require.Error(t, call(context.Background(), l, &handler{Name: "bank.Pay"}, nothing))

		got := collect(t, reader)
		counted := make(map[attribute.Set]int64)
		for _, p := range got["asyncgen.loop.tasks"].(metricdata.Sum[int64]).DataPoints {
			counted[p.Attributes] = p.Value
		}
		require.EqualValues(t, 3, counted[set("bank.Pay", "returned")])
		require.EqualValues(t, 1, counted[set("bank.Pay", "refused")])
		require.EqualValues(t, 1, counted[set("bank.Slow", "abandoned")])
		require.Equal(t, [2]float64{3, 1}, sums(got["asyncgen.loop.queue.duration"])[set("bank.Pay", "")], "the first was queued for a second")
		require.Equal(t, [2]float64{3, 6}, sums(got["asyncgen.loop.run.duration"])[set("bank.Pay", "")], "without the time in Await")
		require.Equal(t, [2]float64{1, 4}, sums(got["asyncgen.loop.run.duration"])[set("bank.Slow", "")])
	})
}

// sums returns the number of values in a histogram and their sum.
func sums(a metricdata.Aggregation) map[attribute.Set][2]float64 {
	all := make(map[attribute.Set][2]float64)
	for _, p := range a.(metricdata.Histogram[float64]).DataPoints {
		all[p.Attributes] = [2]float64{float64(p.Count), p.Sum}
	}
	return all
}

func TestGaugesAddUpEqualNames(t *testing.T) {
	bubble(t, func(t *testing.T) {
		reader := sdkmetric.NewManualReader()
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		a, b := newLoop(t, "bank", nil, loop.WithQueueSize(2)), newLoop(t, "bank", nil, loop.WithQueueSize(3))
		loops := func() iter.Seq[*loop.Loop] { return slices.Values([]*loop.Loop{a, b}) }
		registration, err := otelloop.Gauges(provider, loops)
		require.NoError(t, err)
		for _, l := range []*loop.Loop{a, b} {
			busy(t, l)
			for range 3 {
				go func() { _ = l.Spawn(context.Background(), func(context.Context) error { return nil }) }()
			}
		}
		require.NoError(t, newLoop(t, "other", nil).Spawn(context.Background(), func(context.Context) error { return nil }))
		time.Sleep(time.Millisecond)
		got := collect(t, reader)
		for name, want := range map[string]int64{
			"asyncgen.loop.queue.length": 5, "asyncgen.loop.queue.capacity": 5, "asyncgen.loop.waiting": 1, "asyncgen.loop.running": 2, "asyncgen.loop.awaiting": 0,
		} {
			points := got[name].(metricdata.Gauge[int64]).DataPoints
			require.Len(t, points, 1, name)
			require.Equal(t, want, points[0].Value, name)
			require.Equal(t, attribute.NewSet(otelloop.KeyLoop.String("bank")), points[0].Attributes)
		}
		require.NoError(t, registration.Unregister())
		require.Empty(t, collect(t, reader))
	})
}

// All loops of the program are looked at if nothing else is said.
func TestGaugesOfAllLoops(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	newLoop(t, "mine alone", nil)
	_, err := otelloop.Gauges(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), nil)
	require.NoError(t, err)
	found := false
	for _, p := range collect(t, reader)["asyncgen.loop.queue.capacity"].(metricdata.Gauge[int64]).DataPoints {
		found = found || p.Attributes == attribute.NewSet(otelloop.KeyLoop.String("mine alone"))
	}
	require.True(t, found)
}
