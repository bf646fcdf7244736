package loop_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestSelfCallRunsInline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var order []string
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			_ = loop.Async(ctx, l, func(context.Context) (int, error) { order = append(order, "queued"); return 0, nil })
			order = append(order, "before")
			n, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				order = append(order, "inside")
				return loop.Call(ctx, l, value(5)) // as deep as you like
			})
			order = append(order, "after")
			return n + 1, err
		})
		require.NoError(t, err)
		require.Equal(t, 6, got)
		synctest.Wait()
		require.Equal(t, []string{"before", "inside", "after", "queued"}, order)
	})
}

func TestSelfCallNonReentrantIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		b := newBridge(called{Name: "test.Once", NonReentrant: true}, func(_ context.Context, in int) (int, error) { return in, nil })
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return b.call(ctx, l, 1) })
		e := requirePassedOn(t, err, loop.ErrReentrant)
		require.ErrorAs(t, e.Reason, &e)
		require.Equal(t, "test.Once", e.Handler)
		got, err := b.call(context.Background(), l, 2)
		require.NoError(t, err)
		require.Equal(t, 2, got)
	})
}

func TestSelfCallInlinePanicAndGoexit(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
		v := caught(func() { _, _ = loop.Call(ctx, l, explode) })
		require.ErrorIs(t, v.(error), errHandler)
		return 9, nil
	})
	require.NoError(t, err)
	require.Equal(t, 9, got)

	v := caught(func() {
		_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, explode) })
	})
	require.Equal(t, "loop_test.explode", v.(*loop.PanicError).Handler, "the innermost handler")

	require.True(t, exits(func() {
		_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.Call(ctx, l, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		})
	}))
	_, err = loop.Call(context.Background(), l, value(1))
	require.NoError(t, err)
}

// A goroutine that has the handler's context is not the handler: it has to wait
// for its turn.
func TestSelfCallFromAnotherGoroutineIsQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var order []string
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			go func() {
				_, _ = loop.Call(ctx, l, func(context.Context) (int, error) { order = append(order, "other"); return 0, nil })
			}()
			synctest.Wait()
			order = append(order, "handler")
			return 0, nil
		})
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, []string{"handler", "other"}, order)
	})
}

// The context of a handler that has ended gives its holder no right to the role.
func TestSelfCallWithStaleContextIsQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var stale context.Context
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { stale = ctx; return 0, nil })
		require.NoError(t, err)
		release := occupy(t, l)
		call := background(func() (int, error) { return loop.Call(stale, l, value(1)) })
		synctest.Wait()
		require.Equal(t, 1, l.Stats().Queued)
		release()
		require.NoError(t, (<-call).err)
	})
}

func TestSelfCallInsideAwaitIsQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
				before := l.Stats().Accepted
				n, err := loop.Call(ctx, l, value(4))
				require.Equal(t, before+1, l.Stats().Accepted, "the role was free")
				return n, err
			})
		})
		require.NoError(t, err)
		require.Equal(t, 4, got)
	})
}

// A handler may wait inside an inline call; it is its own role that it gives up.
func TestSelfCallInlineMayAwait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				return loop.AwaitValue(ctx, func(context.Context) (int, error) {
					return loop.Call(context.Background(), l, value(1))
				})
			})
		})
		require.NoError(t, err)
	})
}
