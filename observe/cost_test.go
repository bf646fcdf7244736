package observe_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe"
)

// Not parallel: AllocsPerRun counts what other goroutines allocate.
func TestObserversAllocateNothingWhenOff(t *testing.T) {
	for name, o := range map[string]loop.Observer{
		"log":   observe.Log(quiet(), observe.LogOptions{Slow: 1 << 60}),
		"trace": observe.Trace(),
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
