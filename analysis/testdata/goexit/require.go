package goexit

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func Requires(ctx context.Context, t *testing.T, rt require.TestingT) {
	_ = vm.Spawn(ctx, func(ctx context.Context) error {
		require.NoError(t, ctx.Err()) // want `require.NoError ends the goroutine`
		r := require.New(t)
		r.NoError(ctx.Err()) // want `r.NoError ends the goroutine`
		rt.Errorf("goes on")
		require.TestingT(t).Errorf("goes on")
		return nil
	})
}

// Places: the repair is for a statement with a line of its own.
func Places(ctx context.Context, t *testing.T, failed bool) {
	_ = vm.Spawn(ctx, func(ctx context.Context) error { t.Fatal("one line"); return nil }) // want `t.Fatal ends`
	_ = vm.Spawn(ctx, func(ctx context.Context) error {
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
		return nil
	})
}
