package loop_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// ofEachExecutor returns a loop of each executor.
func ofEachExecutor(t testing.TB) map[string]*loop.Loop {
	t.Helper()
	return map[string]*loop.Loop{
		"default": newLoop(t),
		"inline":  newLoop(t, loop.WithInline()),
		"thread":  newLoop(t, loop.WithThread()),
	}
}

// A goroutine that a handler has started is not the handler: it may wait for
// whatever it likes, and is no part of a cycle.
func TestDeadlockIsNotSeenInAnotherGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for name, l := range ofEachExecutor(t) {
			other := newLoop(t)
			late := make(chan error, 1)
			_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				go func() {
					_, err := loop.Call(ctx, other, func(ctx context.Context) (int, error) {
						return loop.Call(ctx, l, value(1))
					})
					late <- err
				}()
				synctest.Wait() // now it waits for this very handler
				return 0, nil
			})
			require.NoError(t, err, name)
			require.NoError(t, <-late, name)
		}
	})
}

// A loop that is stuck in the user's own code is not kept alive by a timer: the
// bubble's own deadlock detection must still see that nothing can happen.
func TestDeadlockWatchStops(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		call := background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		time.Sleep(time.Minute)
		synctest.Wait()
		require.False(t, l.Watched(), "everybody has been asked, nobody is left to ask")
		release()
		require.NoError(t, (<-call).err)
	})
}
