package turns_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/turns"
)

// TestRatio checks that rounds are compared with each other: in the second one
// everything took ten times as long.
func TestRatio(t *testing.T) {
	t.Parallel()
	s := turns.Series{"a": {1, 10, 2}, "b": {2, 20, 4}}
	require.Equal(t, turns.Ratio{Median: 0.5, Low: 0.5, High: 0.5}, s.To("a", "b"))
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.375: 2.5, 0.5: 3, 1: 5} {
		require.InDelta(t, want, turns.Quantile(values, q), 1e-9, q)
	}
	require.Equal(t, time.Duration(15), turns.Quantile([]time.Duration{20, 10}, 0.5))
	require.Equal(t, []float64{5, 1, 4, 2, 3}, values, "sorted in place")
}

// TestRoundsBegin checks that every contender begins a round, and that the first
// round is not counted.
func TestRoundsBegin(t *testing.T) {
	t.Parallel()
	order := ""
	note := func(name string) turns.Contender {
		return turns.Contender{Name: name, Command: []string{"go", "env", "GOOS"}, Prepare: func() error {
			order += name
			return nil
		}}
	}
	s, err := turns.Measure(context.Background(), turns.Plan{Rounds: 2, Limit: time.Hour}, []turns.Contender{note("a"), note("b")})
	require.NoError(t, err)
	require.Equal(t, "abbaab", order)
	require.Len(t, s["a"], 2)

	s, err = turns.Measure(context.Background(), turns.Plan{Rounds: 9, Enough: 1}, []turns.Contender{note("a")})
	require.NoError(t, err)
	require.Len(t, s["a"], 1, "the time is up")
}
