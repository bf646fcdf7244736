package goexit

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func Requires(ctx context.Context, t *testing.T, rt require.TestingT) {
	_ = loop.Spawn(ctx, vm, func(ctx context.Context) {
		require.NoError(t, ctx.Err()) // want `require.NoError ends the goroutine`
		r := require.New(t)
		r.NoError(ctx.Err()) // want `r.NoError ends the goroutine`
		rt.Errorf("goes on")
		require.TestingT(t).Errorf("goes on")
	})
}

// Places: the repair is for a statement with a line of its own.
func Places(ctx context.Context, t *testing.T, failed bool) {
	_ = loop.Spawn(ctx, vm, func(ctx context.Context) { t.Fatal("one line") }) // want `t.Fatal ends`
	_ = loop.Spawn(ctx, vm, func(ctx context.Context) {
		if t.FailNow(); failed { // want `t.FailNow ends`
			t.Log("not reached")
		}
		if failed {
			t.Fatal("two"); t.Log("not reached") // want `t.Fatal ends`
		}
		switch {
		case failed:
			t.Fatal("in a clause") // want `t.Fatal ends`
		}
		if failed {
			t.Fatal("of", // want `t.Fatal ends`
				"two lines")
		}
	})
}
