package promloop_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe/promloop"
)

func newLoop(t testing.TB, name string, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(append(opts, loop.WithName(name))...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

// these are loops to look at that do not change.
func these(loops ...*loop.Loop) func() iter.Seq[*loop.Loop] {
	return func() iter.Seq[*loop.Loop] { return slices.Values(loops) }
}

func value(context.Context) (int, error) { return 1, nil }

// serve exports what c collects over HTTP and returns the address.
func serve(t testing.TB, c prometheus.Collector) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)
	return server.URL
}

// scrape reads what Prometheus would.
func scrape(t testing.TB, url string) map[string]*dto.MetricFamily {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	require.NoError(t, err)
	return families
}

// metric returns the one with these labels, given as pairs.
func metric(t testing.TB, f *dto.MetricFamily, labels ...string) *dto.Metric {
	t.Helper()
	for _, m := range f.GetMetric() {
		var got []string
		for _, l := range m.GetLabel() {
			got = append(got, l.GetName(), l.GetValue())
		}
		if slices.Equal(got, labels) {
			return m
		}
	}
	require.Fail(t, "no such metric", "%s %v", f.GetName(), labels)
	return nil
}

func TestScrape(t *testing.T) {
	t.Parallel()
	a, b := newLoop(t, "bank", loop.WithQueueSize(8)), newLoop(t, "bank", loop.WithQueueSize(8))
	shop := newLoop(t, "shop", loop.WithInline())
	url := serve(t, promloop.New(promloop.Options{Loops: these(a, b, shop)}))
	for _, l := range []*loop.Loop{a, b, b, shop} {
		_, err := loop.Call(t.Context(), l, value)
		require.NoError(t, err)
	}
	require.Panics(t, func() {
		_, _ = loop.Call(t.Context(), a, func(context.Context) (int, error) { panic("no") })
	})
	started, free := make(chan struct{}), make(chan struct{})
	require.NoError(t, b.Spawn(t.Context(), func(context.Context) error { close(started); <-free; return nil }))
	<-started
	for range 3 {
		require.NoError(t, b.Spawn(t.Context(), func(context.Context) error { return nil }))
	}
	got := scrape(t, url)
	require.Equal(t, 3.0, metric(t, got["asyncgen_loop_tasks_total"], "loop", "bank", "outcome", "returned").GetCounter().GetValue())
	require.Equal(t, 1.0, metric(t, got["asyncgen_loop_tasks_total"], "loop", "bank", "outcome", "panicked").GetCounter().GetValue())
	require.Equal(t, 1.0, metric(t, got["asyncgen_loop_tasks_total"], "loop", "shop", "outcome", "returned").GetCounter().GetValue())
	require.Equal(t, 8.0, metric(t, got["asyncgen_loop_accepted_tasks_total"], "loop", "bank").GetCounter().GetValue())
	for name, want := range map[string]float64{
		"asyncgen_loops": 2, "asyncgen_loop_queue_length": 3, "asyncgen_loop_queue_length_max": 3, "asyncgen_loop_queue_capacity": 16,
		"asyncgen_loop_waiting_submitters": 0, "asyncgen_loop_running_handlers": 1, "asyncgen_loop_awaiting_handlers": 0, "asyncgen_loop_abandoned_running_handlers": 0,
	} {
		require.Equal(t, want, metric(t, got[name], "loop", "bank").GetGauge().GetValue(), name)
	}
	require.EqualValues(t, 5, metric(t, got["asyncgen_loop_queue_seconds"], "loop", "bank").GetHistogram().GetSampleCount())
	run := metric(t, got["asyncgen_loop_run_seconds"], "loop", "bank").GetHistogram()
	require.EqualValues(t, 4, run.GetSampleCount())
	last := uint64(0)
	for _, bucket := range run.GetBucket() {
		require.GreaterOrEqual(t, bucket.GetCumulativeCount(), last)
		last = bucket.GetCumulativeCount()
	}
	require.EqualValues(t, 4, last)
	close(free)
}

func TestLint(t *testing.T) {
	t.Parallel()
	l := newLoop(t, "bank")
	problems, err := testutil.CollectAndLint(promloop.New(promloop.Options{Loops: these(l)}))
	require.NoError(t, err)
	require.Empty(t, problems)
}

// Counters must not go down when a loop is collected by the garbage collector.
func TestLoopsThatAreGoneStillCount(t *testing.T) {
	t.Parallel()
	kept, gone := newLoop(t, "bank"), newLoop(t, "bank")
	loops := []*loop.Loop{kept, gone}
	c := promloop.New(promloop.Options{Loops: func() iter.Seq[*loop.Loop] { return slices.Values(loops) }})
	url := serve(t, c)
	for _, l := range loops {
		_, err := loop.Call(t.Context(), l, value)
		require.NoError(t, err)
	}
	for range 3 {
		got := scrape(t, url)
		require.Equal(t, 2.0, metric(t, got["asyncgen_loop_tasks_total"], "loop", "bank", "outcome", "returned").GetCounter().GetValue())
		require.Equal(t, float64(len(loops)), metric(t, got["asyncgen_loops"], "loop", "bank").GetGauge().GetValue())
		loops = loops[:1]
	}
	loops = nil
	got := scrape(t, url)
	require.Equal(t, 2.0, metric(t, got["asyncgen_loop_tasks_total"], "loop", "bank", "outcome", "returned").GetCounter().GetValue())
}

func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	var loops []*loop.Loop
	for i := range 10 {
		l := newLoop(t, fmt.Sprintf("session %d", i))
		_, err := loop.Call(t.Context(), l, value)
		require.NoError(t, err)
		loops = append(loops, l)
	}
	url := serve(t, promloop.New(promloop.Options{Loops: these(loops...), MaxNames: 3}))
	for range 2 {
		got := scrape(t, url)["asyncgen_loop_tasks_total"]
		require.Len(t, got.GetMetric(), 4*7)
		require.Equal(t, 1.0, metric(t, got, "loop", "session 2", "outcome", "returned").GetCounter().GetValue())
		require.Equal(t, 7.0, metric(t, got, "loop", "other", "outcome", "returned").GetCounter().GetValue())
	}
}

// All loops of the program are looked at if nothing else is said.
func TestAllLoops(t *testing.T) {
	t.Parallel()
	l := newLoop(t, "mine alone")
	got := scrape(t, serve(t, promloop.New(promloop.Options{MaxNames: 100_000})))
	require.Equal(t, 1.0, metric(t, got["asyncgen_loops"], "loop", "mine alone").GetGauge().GetValue())
	runtime.KeepAlive(l)
}

// TestScrapeStallsNoLoop has a thousand loops, and ten thousand calls in the queue of
// one. While they are scraped, calls of another must not wait longer than some time
// slices of a busy machine.
func TestScrapeStallsNoLoop(t *testing.T) {
	var loops []*loop.Loop
	for i := range 1000 {
		l := newLoop(t, fmt.Sprintf("loop %d", i))
		_, err := loop.Call(t.Context(), l, value)
		require.NoError(t, err)
		loops = append(loops, l)
	}
	full := newLoop(t, "full", loop.WithQueueSize(10_000))
	free := make(chan struct{})
	for range 10_000 {
		require.NoError(t, full.Spawn(t.Context(), func(context.Context) error { <-free; return nil }))
	}
	c := promloop.New(promloop.Options{Loops: these(append(loops, full)...), MaxNames: 2000})
	url := serve(t, c)

	stop, worst, calls := make(chan struct{}), time.Duration(0), 0
	var caller sync.WaitGroup
	caller.Go(func() {
		for ; ; calls++ {
			select {
			case <-stop:
				return
			default:
			}
			begin := time.Now()
			if _, err := loop.Call(context.Background(), loops[calls%len(loops)], value); err != nil {
				t.Error(err)
			}
			worst = max(worst, time.Since(begin))
		}
	})
	var took, collecting time.Duration
	for range 5 {
		begin := time.Now()
		got := scrape(t, url)
		took = max(took, time.Since(begin))
		require.GreaterOrEqual(t, metric(t, got["asyncgen_loop_queue_length"], "loop", "full").GetGauge().GetValue(), 9_999.0)
		begin = time.Now()
		discard(c)
		collecting = max(collecting, time.Since(begin))
	}
	close(stop)
	caller.Wait()
	close(free)
	t.Logf("slowest scrape %v, parsing included; slowest collection %v; %d calls meanwhile, the slowest %v", took, collecting, calls, worst)
	require.Less(t, worst, 2*time.Second)
	require.Less(t, collecting, 10*time.Second)
}

func discard(c prometheus.Collector) {
	metrics := make(chan prometheus.Metric, 1000)
	go func() { c.Collect(metrics); close(metrics) }()
	for range metrics {
	}
}
