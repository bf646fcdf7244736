package loop_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A call without a result has the guarantees of one with a result.
func TestDo(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		ctx, l := context.Background(), newLoop(t)
		ran := 0
		require.NoError(t, l.Do(ctx, func(context.Context) error { ran++; return nil }))
		require.Same(t, errHandler, l.Do(ctx, func(context.Context) error { return errHandler }))
		require.NoError(t, l.Do(ctx, func(ctx context.Context) error {
			return l.Do(ctx, func(context.Context) error { ran++; return nil })
		}))
		require.Equal(t, 2, ran)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		requireDidNotRun(t, l.Do(ended, func(context.Context) error { return nil }), loop.ErrCanceled)
		require.ErrorIs(t, caught(func() { _ = l.Do(ctx, func(context.Context) error { panic(errHandler) }) }).(error), errHandler)
		other := newLoop(t)
		require.NoError(t, other.Close())
		err := l.Do(ctx, func(ctx context.Context) error { return other.Do(ctx, func(context.Context) error { return nil }) })
		require.ErrorIs(t, err, loop.ErrClosed)
		require.False(t, loop.NotRun(err), "the outer function has run")
		require.NoError(t, l.Close())
		requireDidNotRun(t, l.Do(ctx, func(context.Context) error { return nil }), loop.ErrClosed)
	})
}

// The error of a spawned function goes where that of a generated spawn function goes.
func TestSpawnedErrorGoesToTheErrorHandler(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var got atomic.Pointer[loop.Error]
		l := newLoop(t, loop.WithErrorHandler(func(e *loop.Error) { got.Store(e) }))
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return errHandler }))
		require.NoError(t, l.Shutdown(context.Background()))
		e := got.Load()
		require.ErrorIs(t, e, errHandler)
		require.True(t, e.Started)
		require.Contains(t, e.Handler, "TestSpawnedErrorGoesToTheErrorHandler")
		require.EqualValues(t, 1, l.Stats().SpawnErrors)
	})
}

func TestShardIndexIsThatOfTheLoop(t *testing.T) {
	t.Parallel()
	s := loop.NewSharded(7)
	defer s.Close()
	seen := map[int]bool{}
	for key := range 500 {
		i := loop.ShardIndex(s, key)
		require.Same(t, s.Loops()[i], loop.Shard(s, key))
		seen[i] = true
	}
	require.Len(t, seen, 7)
}

func TestObserverFunc(t *testing.T) {
	t.Parallel()
	var steps []loop.Step
	l := newLoop(t, loop.WithObserver(loop.ObserverFunc(func(ctx context.Context, e loop.Event) context.Context {
		steps = append(steps, e.Step)
		return ctx
	})))
	require.NoError(t, l.Do(t.Context(), func(context.Context) error { return nil }))
	require.NoError(t, l.Shutdown(context.Background()))
	require.Equal(t, []loop.Step{loop.StepSubmitted, loop.StepStarted, loop.StepSettled}, steps)
}
