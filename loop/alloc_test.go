package loop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// Not parallel: AllocsPerRun counts what other goroutines allocate.
func TestCostCallAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	l, b := newLoop(t), newUpper()
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancelable": cancelable} {
		got := testing.AllocsPerRun(1000, func() {
			if _, err := b.Call(ctx, l, upperArgs{"A"}); err != nil {
				t.Error(err)
			}
		})
		require.Zero(t, got, name)
	}
}
