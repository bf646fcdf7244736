package loop_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

func TestHistogramBuckets(t *testing.T) {
	t.Parallel()
	bounds := boundsOf(loop.Histogram{})
	require.True(t, slices.IsSorted(bounds))
	require.Equal(t, 256*time.Nanosecond, bounds[0])
	require.Equal(t, []time.Duration{1 << 40, 1<<63 - 1}, bounds[len(bounds)-2:])
	for i, bound := range bounds[:len(bounds)-1] {
		counts := countsOf(loop.Recorded(bound, bound+1))
		require.EqualValues(t, 1, counts[i], "a bound belongs to its bucket")
		require.EqualValues(t, 1, counts[i+1])
	}
	require.EqualValues(t, 2, countsOf(loop.Recorded(0, -time.Second))[0])
	for range loop.Recorded(1).Buckets() {
		break
	}
}

func boundsOf(h loop.Histogram) (bounds []time.Duration) {
	for bound := range h.Buckets() {
		bounds = append(bounds, bound)
	}
	return bounds
}

func countsOf(h loop.Histogram) (counts []uint64) {
	for _, n := range h.Buckets() {
		counts = append(counts, n)
	}
	return counts
}

func TestHistogramSum(t *testing.T) {
	t.Parallel()
	require.Equal(t, loop.Recorded(1, time.Second, time.Hour), loop.Recorded(time.Hour).Add(loop.Recorded(1, time.Second)))
	require.Equal(t, loop.Histogram{}, loop.Histogram{}.Add(loop.Histogram{}))
}

// Histograms of returned values have their methods.
func TestHistogramOfAReturnedValue(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	require.Zero(t, l.Stats().RunTime.Count()+uint64(l.Stats().RunTime.Mean()+l.Stats().QueueTime.Quantile(1)))
}

func TestHistogramOfNothing(t *testing.T) {
	t.Parallel()
	var h loop.Histogram
	require.Zero(t, h.Count())
	require.Zero(t, h.Mean())
	require.Zero(t, h.Quantile(0.5))
}

// A quantile is at least the true one and less than twice as much, or the first bound.
func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		all, sum := make([]time.Duration, 1+random.IntN(300)), time.Duration(0)
		for i := range all {
			all[i] = time.Duration(random.Int64N(1 << (1 + random.IntN(42))))
			sum += all[i]
		}
		h := loop.Recorded(all...)
		slices.Sort(all)
		require.EqualValues(t, len(all), h.Count())
		require.Equal(t, sum, h.Sum)
		require.Equal(t, sum/time.Duration(len(all)), h.Mean())
		require.Equal(t, all[len(all)-1], h.Max)
		require.Equal(t, h.Max, h.Quantile(1))
		for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.99} {
			got := h.Quantile(q)
			at := 0
			for at < len(all)-1 && float64(at+1) < q*float64(len(all)) {
				at++
			}
			require.GreaterOrEqual(t, got, all[at], "%v of %d", q, len(all))
			if bounds := boundsOf(h); all[at] <= bounds[len(bounds)-2] {
				require.LessOrEqual(t, got, max(2*all[at], bounds[0]), "%v of %d", q, len(all))
			}
		}
	}
}

// The first 1024 tasks are timed, and one of 64 after that.
func TestHistogramIsOfASample(t *testing.T) {
	for name, newLoop := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, n := newLoop(t), 0
			b := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
			calls := func(n int, into *int) {
				for range n {
					_, err := b.Call(context.Background(), l, countArgs{into, 1})
					require.NoError(t, err)
				}
			}
			calls(1024, &n)
			require.NoError(t, act("idle", idle).spawn(context.Background(), l, 1)) // waits for the last to be counted
			first := settledRuns(l)
			require.InDelta(t, 1025, first, 1)
			calls(6400, &n)
			require.InDelta(t, first+100, settledRuns(l), 2)
			s := l.Stats()
			require.InDelta(t, s.RunTime.Count(), s.QueueTime.Count(), 1)
			require.EqualValues(t, 7425, s.Accepted)
		})
	}
}

// settledRuns returns how many handlers have been timed when none runs any more.
func settledRuns(l *loop.Loop) float64 {
	s := l.Stats()
	for s.Running+s.Queued > 0 {
		yield()
		s = l.Stats()
	}
	return float64(s.RunTime.Count())
}

// An observer is told the times of all tasks, but that does not change the sample.
func TestHistogramOfAnObservedLoopIsOfASample(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithObserver(new(tally)))
	for range 2000 {
		_, err := loop.Call(t.Context(), l, value(1))
		require.NoError(t, err)
	}
	require.NoError(t, l.Shutdown(context.Background()))
	s := l.Stats()
	require.EqualValues(t, 1024+(976+63)/64, s.RunTime.Count())
}
