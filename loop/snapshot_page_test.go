package loop_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// The same handler has the same stretch, the next one another.
func TestSnapshotStretch(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]loop.Option{
		"goroutine": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := loop.New(opts...)
			defer l.Close()
			inside := func() (first, second loop.Snapshot) {
				_, err := loop.Call(t.Context(), l, func(context.Context) (int, error) {
					first = l.Snapshot(1)
					runtime.Gosched()
					second = l.Snapshot(1)
					return 0, nil
				})
				require.NoError(t, err)
				return first, second
			}
			first, again := inside()
			require.NotNil(t, first.Running)
			require.Equal(t, first.Stretch, again.Stretch)
			next, _ := inside()
			require.NotEqual(t, first.Stretch, next.Stretch)
		})
	}
}

// A snapshot may be taken from outside the bubble in which the loop was made, as a
// page of all loops does while tests run in parallel.
func TestSnapshotOfAnotherBubble(t *testing.T) {
	t.Parallel()
	var l *loop.Loop
	synctest.Test(t, func(t *testing.T) {
		l = loop.New(loop.WithName("in a bubble"))
		require.False(t, l.Snapshot(1).Done)
		require.NoError(t, l.Shutdown(t.Context()))
	})
	s := l.Snapshot(1)
	require.True(t, s.Done)
	require.True(t, s.Closing)
}
