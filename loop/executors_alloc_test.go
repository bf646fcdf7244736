package loop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// countArgs are the arguments of a handler with state, as the generator writes them.
type countArgs struct {
	n  *int
	by int
}

func (in countArgs) Run(context.Context) (int, error) { *in.n += in.by; return *in.n, nil }
func (countArgs) Handler() any                        { return countArgs.Run }

// Not parallel: AllocsPerRun counts what other goroutines allocate.
func TestCostOfExecutors(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for name, newLoop := range makers {
		l, n := newLoop(t), 0
		b := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
		for kind, ctx := range map[string]context.Context{"background": context.Background(), "cancelable": cancelable} {
			got := testing.AllocsPerRun(1000, func() {
				if _, err := b.Call(ctx, l, countArgs{&n, 1}); err != nil {
					t.Error(err)
				}
			})
			if name == "inline" && pureGo { // the caller's goroutine gets an identity, each time
				require.Less(t, got, 5.0, "%s, %s", name, kind)
				continue
			}
			if name == "adapt" { // a function for the other loop, and a coroutine, each time; without assembly, an identity too
				require.Less(t, got, map[bool]float64{false: 20, true: 35}[pureGo], "%s, %s", name, kind)
				continue
			}
			require.Zero(t, got, "%s, %s", name, kind)
		}
		require.Equal(t, 2*1001, n)
	}
}

// A self-call costs the context that tells it from its caller.
func TestCostOfASelfCall(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	l, n := newLoop(t), 0
	b := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
	_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
		got := testing.AllocsPerRun(1000, func() { _, _ = b.Call(ctx, l, countArgs{&n, 1}) })
		require.LessOrEqual(t, got, 2.0)
		return 0, nil
	})
	require.NoError(t, err)
}
