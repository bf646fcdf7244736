package loop_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestFutureIsReturnedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		f := loop.Go(context.Background(), l, func(context.Context) (int, error) { return 4, errHandler })
		select {
		case <-f.Done():
			t.Fatal("settled before it ran")
		default:
		}
		release()
		<-f.Done()
		got, err := f.Await(context.Background())
		require.Same(t, errHandler, err)
		require.Equal(t, 4, got)
	})
}

func TestFutureManyMayAwait(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	f := loop.Go(context.Background(), l, value(7))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 2 {
				if got, err := f.Await(context.Background()); got != 7 || err != nil {
					t.Error(got, err)
				}
			}
		})
	}
	all.Wait()
}

func TestFutureAwaitEndsWithItsContextAndMayBeRepeated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		f := loop.Go(context.Background(), l, func(context.Context) (int, error) { time.Sleep(time.Minute); return 7, nil })
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, errHandler)
		defer cancel()
		_, err := f.Await(ctx)
		require.Equal(t, errHandler, err, "the task is not concerned, so this is no *Error")
		got, err := f.Await(context.Background())
		require.NoError(t, err)
		require.Equal(t, 7, got)
	})
}

func TestFutureOfTheOwnLoopMayBeAwaited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.Go(ctx, l, value(5)).Await(ctx)
		})
		require.NoError(t, err)
		require.Equal(t, 5, got)
	})
}

// A settled future is not a reason to give up the role.
func TestFutureThatIsSettledKeepsTheRole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		f := loop.Go(context.Background(), l, value(5))
		<-f.Done()
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			ran := false
			require.NoError(t, loop.Spawn(ctx, l, func(context.Context) { ran = true }))
			_, err := f.Await(ctx)
			require.False(t, ran)
			return 0, err
		})
		require.NoError(t, err)
		synctest.Wait()
	})
}

// Two loops that await each other's futures are no deadlock: Await gives way.
func TestFutureAcrossTwoLoops(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newLoop(t), newLoop(t)
		got, err := loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
			return loop.Go(ctx, b, func(ctx context.Context) (int, error) {
				return loop.Go(ctx, a, value(6)).Await(ctx)
			}).Await(ctx)
		})
		require.NoError(t, err)
		require.Equal(t, 6, got)
	})
}
