package measure_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
)

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := measure.Quantile(values, q); got != want {
			t.Errorf("Quantile(%v) = %v, want %v", q, got, want)
		}
	}
	if got := measure.Quantile([]int64(nil), 0.5); got != 0 {
		t.Errorf("of nothing: %v, want 0", got)
	}
}

// TestRatio checks that rounds are compared with each other: the second round was
// ten times as slow for both.
func TestRatio(t *testing.T) {
	base := measure.Series{{Nanos: 100}, {Nanos: 1000}, {Nanos: 100}}
	half := measure.Series{{Nanos: 50}, {Nanos: 500}, {Nanos: 50}}
	want := measure.Ratio{Median: 0.5, Low: 0.5, High: 0.5}
	if got := half.To(base); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestRounds checks that every caller makes its share of the calls and that a
// failure is told.
func TestRounds(t *testing.T) {
	plan := measure.Plan{Rounds: 3, Turn: time.Millisecond}
	callers := make([]int, 4)
	count := func(_ context.Context, caller, n int) error {
		for range n { // takes its time, as calls do
			callers[caller]++
		}
		return nil
	}
	series, err := measure.Rounds(plan, []*measure.Case{{Name: "count", Context: t.Context(), Callers: 4, Batch: count}})
	if err != nil {
		t.Fatal(err)
	}
	if len(series) != 1 || len(series[0]) != plan.Rounds {
		t.Errorf("got %d series, %v", len(series), series)
	}
	for i, n := range callers {
		if n == 0 || n != callers[0] {
			t.Errorf("caller %d made %d calls, the first one %d", i, n, callers[0])
		}
	}
	broken := errors.New("broken")
	fail := func(context.Context, int, int) error { return broken }
	_, err = measure.Rounds(plan, []*measure.Case{{Name: "fail", Context: t.Context(), Callers: 1, Batch: fail}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
