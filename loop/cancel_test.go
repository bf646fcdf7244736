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

func TestCancelQueuedReturnsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := loop.Call(ctx, l, value(1))
		requireDidNotRun(t, err, loop.ErrCanceled)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start), "the loop is still busy")
		require.Zero(t, l.Stats().Queued, "its place is free again")
		release()
	})
}

func TestCancelRunningIsWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		got, err := loop.Call(ctx, l, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // a handler that cleans up before it returns
			return "cleaned up", ctx.Err()
		})
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, "cleaned up", got)
		require.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestCancelAbandonReturnsAtOnceAndDropsTheResult(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		free := make(chan struct{})
		b := newBridge(called{Name: "test.Abandon", Abandon: true}, func(_ context.Context, in string) (string, error) { <-free; return in, nil })
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		got, err := b.call(ctx, l, "first")
		require.ErrorIs(t, err, loop.ErrAbandoned)
		require.Empty(t, got)
		require.Equal(t, time.Second, time.Since(start))

		// The next call has its own arguments and results, and waits until the
		// abandoned handler gives up the role.
		call := background(func() (string, error) { return b.call(context.Background(), l, "second") })
		synctest.Wait()
		require.Equal(t, 1, l.Stats().Queued)
		close(free)
		r := <-call
		require.NoError(t, r.err)
		require.Equal(t, "second", r.out)
	})
}

func TestCancelAbandonWithdrawsWhileQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		b := newBridge(called{Name: "test.A", Abandon: true}, func(_ context.Context, in int) (int, error) { return in, nil })
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := b.call(ctx, l, 1)
		requireDidNotRun(t, err, loop.ErrCanceled)
		release()
	})
}

func TestCancelFutureWhileQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		ctx, cancel := context.WithCancel(context.Background())
		ran := false
		f := loop.Async(ctx, l, func(context.Context) (int, error) { ran = true; return 1, nil })
		cancel()
		synctest.Wait()
		select {
		case <-f.Done():
		default:
			t.Fatal("the future has not settled")
		}
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrCanceled)
		release()
		synctest.Wait()
		require.False(t, ran)
		require.EqualValues(t, 1, l.Stats().Canceled)
	})
}

func TestCancelSpawnedWorkGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		ctx, cancel := context.WithCancel(context.Background())
		ran := false
		require.NoError(t, l.Spawn(ctx, func(ctx context.Context) error { ran = ctx.Err() == nil; return nil }))
		cancel()
		release()
		synctest.Wait()
		require.True(t, ran)
	})
}

// Both orders of "the context ends" and "the handler starts", and whatever lies
// between: the error says whether the handler ran, and it is right.
func TestCancelRacesWithStart(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	var ran, canceled int
	for i := range 3000 {
		ctx, cancel := context.WithCancel(context.Background())
		release := occupy(t, l)
		started := false
		call := background(func() (int, error) {
			return loop.Call(ctx, l, func(context.Context) (int, error) { started = true; return i, nil })
		})
		for l.Stats().Queued == 0 {
			yield()
		}
		var both sync.WaitGroup
		both.Go(release)
		both.Go(cancel)
		r := <-call
		both.Wait()
		if r.err == nil {
			ran++
			require.True(t, started)
			require.Equal(t, i, r.out)
			continue
		}
		canceled++
		requireDidNotRun(t, r.err, loop.ErrCanceled)
		_, err := loop.Call(context.Background(), l, value(0))
		require.NoError(t, err)
		require.False(t, started, "a withdrawn call must never run")
	}
	t.Logf("ran %d, canceled %d", ran, canceled)
	requireAddsUp(t, l)
}

// Withdrawing from the middle of the queue leaves the rest in order.
func TestCancelInTheMiddleKeepsOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(4))
		release := occupy(t, l)
		var order []int
		cancels := make([]context.CancelFunc, 8) // four in the queue, four waiting for room
		for i := range cancels {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			cancels[i] = cancel
			go func() {
				_, _ = loop.Call(ctx, l, func(context.Context) (int, error) { order = append(order, i); return 0, nil })
			}()
			synctest.Wait()
		}
		require.Equal(t, 4, l.Stats().Waiting)
		for _, i := range []int{3, 0, 7, 5} {
			cancels[i]()
			synctest.Wait()
		}
		release()
		synctest.Wait()
		require.Equal(t, []int{1, 2, 4, 6}, order)
		requireAddsUp(t, l)
	})
}

// A context that has ended before the call is the caller's word that it wants
// nothing done, however idle the loop is.
func TestCancelEndedContextRunsNothing(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errHandler)
	fail := func(context.Context) (int, error) { t.Error("ran"); return 0, nil }
	for range 50 {
		_, err := loop.Call(ctx, l, fail)
		requireDidNotRun(t, err, loop.ErrCanceled)
		require.ErrorIs(t, err, errHandler)
		_, err = loop.Async(ctx, l, fail).Await(context.Background())
		requireDidNotRun(t, err, loop.ErrCanceled)
		requireDidNotRun(t, l.Spawn(ctx, func(context.Context) error { t.Error("ran"); return nil }), loop.ErrCanceled)
	}
	require.EqualValues(t, 150, l.Stats().Refused)
}

// The one who leaves must not look at what the handler, ending at this moment, gives
// back to the pools.
func TestCancelAbandonRacesWithFinish(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for i := range 3000 {
		ctx, cancel := context.WithCancel(context.Background())
		free, started := make(chan struct{}), make(chan struct{})
		b := newBridge(called{Name: "test.Abandon", Abandon: true}, func(_ context.Context, in int) (int, error) {
			close(started)
			<-free
			return in, nil
		})
		call := background(func() (int, error) { return b.call(ctx, l, i) })
		<-started
		var both sync.WaitGroup
		both.Go(cancel)
		both.Go(func() { close(free) })
		r := <-call
		both.Wait()
		if r.err == nil {
			require.Equal(t, i, r.out)
			continue
		}
		require.ErrorIs(t, r.err, loop.ErrAbandoned)
		require.Zero(t, r.out)
	}
	s := l.Stats()
	require.Equal(t, s.Accepted, s.Returned+s.Abandoned)
}

// The context may end while its call is being submitted: it is counted once, and
// takes nobody's place.
func TestCancelFutureRacesWithSubmit(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for range 5000 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		_, _ = loop.Async(ctx, l, value(1)).Await(context.Background())
	}
	requireAddsUp(t, l)
}
