package loop_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// later returns the futures of handlers that return i after n-i seconds, on loops of
// their own, the last first.
func later(t *testing.T, n int) []*loop.Future[int] {
	t.Helper()
	all := make([]*loop.Future[int], n)
	for i := range all {
		l := newLoop(t, loop.WithName(strconv.Itoa(i)))
		all[i] = loop.Async(context.Background(), l, func(ctx context.Context) (int, error) {
			return i, loop.Sleep(ctx, time.Duration(n-i)*time.Second)
		})
	}
	return all
}

func failing(t *testing.T, after time.Duration) *loop.Future[int] {
	t.Helper()
	return loop.Async(context.Background(), newLoop(t), func(ctx context.Context) (int, error) {
		_ = loop.Sleep(ctx, after)
		return 9, errHandler
	})
}

func TestAllReturnsResultsInTheOrderOfTheArguments(t *testing.T) {
	bubble(t, func(t *testing.T) {
		start := time.Now()
		got, err := loop.All(context.Background(), later(t, 4)...)
		require.NoError(t, err)
		require.Equal(t, []int{0, 1, 2, 3}, got)
		require.Equal(t, 4*time.Second, time.Since(start), "they run side by side")
		none, err := loop.All[int](context.Background())
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func TestAllEndsWithTheFirstError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		futures := append(later(t, 5), failing(t, 1500*time.Millisecond))
		start := time.Now()
		got, err := loop.All(context.Background(), futures...)
		require.Same(t, errHandler, err)
		require.Nil(t, got)
		require.Equal(t, 1500*time.Millisecond, time.Since(start))
		rest, err := loop.All(context.Background(), futures[:5]...)
		require.NoError(t, err, "the others have gone on")
		require.Len(t, rest, 5)
	})
}

func TestAllRaisesAPanic(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := loop.Async(context.Background(), newLoop(t), func(context.Context) (int, error) { panic(errHandler) })
		v := caught(func() { _, _ = loop.All(context.Background(), append(later(t, 1), f)...) })
		require.ErrorIs(t, v.(error), errHandler)
	})
}

func TestFirstIsTheFirstToSettle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		futures := later(t, 4)
		got, err := loop.First(context.Background(), futures...)
		require.NoError(t, err)
		require.Equal(t, 3, got)
		_, err = loop.First(context.Background(), append(later(t, 2), failing(t, time.Millisecond))...)
		require.Same(t, errHandler, err, "an error is an outcome")
		require.PanicsWithValue(t, "loop: First needs a future", func() { _, _ = loop.First[int](context.Background()) })
		all, err := loop.All(context.Background(), futures...)
		require.NoError(t, err)
		require.Len(t, all, 4)
		got, err = loop.First(context.Background(), futures...)
		require.NoError(t, err)
		require.Zero(t, got, "all have settled, so it is the first argument")
	})
}

func TestAllAndFirstEndWithTheirContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		futures := later(t, 3)
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Millisecond, errHandler)
		defer cancel()
		_, err := loop.All(ctx, futures...)
		require.Equal(t, errHandler, err)
		_, err = loop.First(ctx, futures...)
		require.Equal(t, errHandler, err)
	})
}

// In a handler they give up the role, so that futures of the own loop can settle.
func TestAllAndFirstInAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			futures := []*loop.Future[int]{loop.Async(ctx, l, value(1)), loop.Async(ctx, l, value(2))}
			first, err := loop.First(ctx, futures...)
			require.NoError(t, err)
			all, err := loop.All(ctx, futures...)
			require.NoError(t, err)
			return first*100 + all[0]*10 + all[1], nil
		})
		require.NoError(t, err)
		require.Equal(t, 112, got)
		synctest.Wait()
	})
}

// A future that outlives many waiters keeps none of them.
func TestFirstLeavesNothingBehind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		slow := later(t, 1)[0]
		fast := loop.Async(context.Background(), newLoop(t), value(1))
		synctest.Wait()
		for range 100 {
			got, err := loop.First(context.Background(), slow, fast)
			require.NoError(t, err)
			require.Equal(t, 1, got)
		}
		require.Zero(t, loop.Waiters(slow))
	})
}
