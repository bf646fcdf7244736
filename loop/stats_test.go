package loop_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// counts are the statistics without the histograms.
func counts(l *loop.Loop) loop.Stats {
	s := l.Stats()
	s.QueueTime, s.RunTime = loop.Histogram{}, loop.Histogram{}
	return s
}

func TestStatsCountEveryOutcome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(2), loop.WithOverflow(loop.OverflowReject))
		ctx := context.Background()
		_, _ = loop.Call(ctx, l, value(1))
		_ = caught(func() { _, _ = loop.Call(ctx, l, explode) })
		exits(func() {
			_, _ = loop.Call(ctx, l, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		})
		release := occupy(t, l)
		canceled, cancel := context.WithCancel(ctx)
		call := background(func() (int, error) { return loop.Call(canceled, l, value(1)) })
		synctest.Wait()
		require.NoError(t, l.Spawn(ctx, func(context.Context) error { return nil }))
		_, err := loop.Call(ctx, l, value(1))
		requireDidNotRun(t, err, loop.ErrFull)
		cancel()
		<-call
		require.Equal(t, loop.Stats{
			Accepted: 6, Refused: 1, Returned: 1, Panicked: 1, Exited: 1, Canceled: 1,
			Queued: 1, MaxQueue: 2, Running: 1,
		}, counts(l))
		require.NoError(t, l.Close())
		release()
		<-l.Done()
		require.Equal(t, loop.Stats{
			Accepted: 6, Refused: 1, Returned: 2, Panicked: 1, Exited: 1, Canceled: 1, Dropped: 1,
			MaxQueue: 2,
		}, counts(l))
		requireAddsUp(t, l)
	})
}

func TestStatsCountSelfCallsAndAbandonedCallsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, value(1)) })
		require.NoError(t, err)
		requireAddsUp(t, l)

		free := make(chan struct{})
		b := newBridge(called{Name: "test.Slow", Abandon: true}, func(context.Context, int) (int, error) { <-free; return 0, nil })
		ctx, cancel := context.WithCancel(context.Background())
		call := background(func() (int, error) { return b.call(ctx, l, 1) })
		synctest.Wait()
		cancel()
		require.ErrorIs(t, (<-call).err, loop.ErrAbandoned)
		require.Equal(t, 1, l.Stats().AbandonedRunning)
		close(free)
		synctest.Wait()
		require.Zero(t, l.Stats().AbandonedRunning)
		s := l.Stats()
		require.EqualValues(t, 1, s.Abandoned)
		require.Equal(t, s.Accepted, s.Returned+s.Abandoned)
	})
}

func TestStatsShowWhatIsGoingOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1))
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error { _ = loop.Sleep(ctx, time.Hour); return nil }))
		synctest.Wait()
		release := occupy(t, l)
		for range 3 {
			go func() { _ = l.Spawn(context.Background(), func(context.Context) error { return nil }) }()
		}
		synctest.Wait()
		s := l.Stats()
		require.Equal(t, 2, s.Running, "the one in Await is running too")
		require.Equal(t, 1, s.Awaiting)
		require.Equal(t, 1, s.Queued)
		require.Equal(t, 2, s.Waiting)
		release()
		require.NoError(t, l.Shutdown(context.Background()))
		s = l.Stats()
		require.Zero(t, s.Running+s.Awaiting+s.Queued+s.Waiting)
		require.EqualValues(t, 2+3-2, s.Returned, "waiting submitters are refused by Shutdown")
		require.EqualValues(t, 2, s.Refused)
	})
}

func TestStatsCountReentrantRefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		b := newBridge(called{Name: "x", NonReentrant: true}, func(_ context.Context, in int) (int, error) { return in, nil })
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return b.call(ctx, l, 1) })
		requirePassedOn(t, err, loop.ErrReentrant)
		require.EqualValues(t, 1, l.Stats().Refused)
	})
}
