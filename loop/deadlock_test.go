package loop_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestDeadlockOfTwoLoopsFailsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t, loop.WithName("a")), newLoop(t, loop.WithName("b"))
		start := time.Now()
		_, err := loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
			return loop.Call(ctx, b, func(ctx context.Context) (int, error) {
				return loop.Call(ctx, a, value(1))
			})
		})
		d := requireDeadlock(t, err, 2)
		require.Zero(t, time.Since(start))
		require.Equal(t, []string{"b", "a"}, []string{d.Hops[0].Loop, d.Hops[1].Loop}, "first the one that failed")
		require.Equal(t, loop.WaitResult, d.Hops[0].Kind)
		require.Contains(t, d.Error(), "TestDeadlockOfTwoLoopsFailsAtOnce")
		requirePassedOn(t, err, d)
		_, err = loop.Call(context.Background(), a, value(1))
		require.NoError(t, err, "the loops live on")
	})
}

// Two calls that close a cycle together: one fails, the other goes on.
func TestDeadlockOfTwoCallsThatMeet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t), newLoop(t)
		both := make(chan struct{})
		cross := func(own, other *loop.Loop) <-chan result[int] {
			return background(func() (int, error) {
				return loop.Call(context.Background(), own, func(ctx context.Context) (int, error) {
					<-both
					return loop.Call(ctx, other, value(1))
				})
			})
		}
		first, second := cross(a, b), cross(b, a)
		synctest.Wait()
		close(both)
		x, y := <-first, <-second
		if x.err == nil {
			x, y = y, x
		}
		requireDeadlock(t, x.err, 2)
		require.Equal(t, result[int]{1, nil}, y)
	})
}

// The handlers call with a fresh context, so that nothing tells who waits for whom.
func TestDeadlockWithoutContextsIsFoundLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t), newLoop(t)
		start := time.Now()
		_, err := loop.Call(context.Background(), a, func(context.Context) (int, error) {
			return loop.Call(context.Background(), b, func(context.Context) (int, error) {
				return loop.Call(context.Background(), a, value(1))
			})
		})
		requireDeadlock(t, err, 2)
		require.LessOrEqual(t, time.Since(start), 2*time.Second)
	})
}

func TestDeadlockIsNotASlowHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t), newLoop(t)
		slow := func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil }
		got, err := loop.Call(context.Background(), a, func(context.Context) (int, error) {
			return loop.Call(context.Background(), b, slow)
		})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

// Who gives up the role is not in the way of the call that comes back.
func TestDeadlockIsNotACallFromAwait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t), newLoop(t)
		got, err := loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
			return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
				return loop.Call(ctx, b, func(ctx context.Context) (int, error) { return loop.Call(ctx, a, value(1)) })
			})
		})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

// On a host, the handler's goroutine is still the loop's current one for a moment
// after it has gone into Await. A call from the awaited function is no deadlock.
func TestDeadlockIsNotSeenInAwaitOnAHost(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithThread())
	for range 3000 {
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, value(0)) })
		})
		require.NoError(t, err)
	}
}
