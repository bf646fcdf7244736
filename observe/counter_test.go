package observe_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe"
)

func TestCounterEqualsStats(t *testing.T) {
	t.Parallel()
	var c observe.Counter
	l := newLoop(t, &c)
	h := &handler{Name: "shop.Count"}
	for range 10 {
		require.NoError(t, call(t.Context(), l, h, func(ctx context.Context) error { return loop.Sleep(ctx, 0) }))
	}
	require.Panics(t, func() { _ = call(t.Context(), l, h, func(context.Context) error { panic("no") }) })
	require.NoError(t, l.Shutdown(context.Background()))
	require.ErrorIs(t, call(t.Context(), l, h, nothing), loop.ErrClosed)

	s := l.Stats()
	require.EqualValues(t, 12, c.Steps(loop.Submitted))
	require.EqualValues(t, 12, c.Steps(loop.Settled))
	require.EqualValues(t, 11, c.Steps(loop.Started))
	require.EqualValues(t, 10, c.Steps(loop.Awaiting))
	require.EqualValues(t, 10, c.Steps(loop.Resumed))
	require.Zero(t, c.Steps(loop.Ended))
	require.Equal(t, s.Returned, c.Outcomes(loop.Returned))
	require.Equal(t, s.Panicked, c.Outcomes(loop.Panicked))
	require.Equal(t, s.Refused, c.Outcomes(loop.Refused))
	require.Zero(t, c.Steps(99)+c.Outcomes(99))
}

// Not parallel: AllocsPerRun counts what other goroutines allocate.
func TestObserversAllocateNothingWhenOff(t *testing.T) {
	for name, o := range map[string]loop.Observer{
		"counter": new(observe.Counter),
		"log":     observe.Log(quiet(), observe.LogOptions{Slow: 1 << 60}),
		"trace":   observe.Trace(),
	} {
		for _, opt := range [][]loop.Option{nil, {loop.WithInline()}, {loop.WithThread()}} {
			l, h := newLoop(t, o, opt...), &handler{Name: "shop.Free"}
			run := nothing
			got := testing.AllocsPerRun(1000, func() { _ = call(context.Background(), l, h, run) })
			if !raceEnabled {
				require.Zero(t, got, name)
			}
		}
	}
}
