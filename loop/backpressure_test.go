package loop_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestBackpressureDefaultBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithOverflow(loop.OverflowReject))
		release := occupy(t, l)
		for range 1024 {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		}
		requireDidNotRun(t, l.Spawn(context.Background(), func(context.Context) error { return nil }), loop.ErrFull)
		require.Equal(t, 1024, l.Stats().MaxQueue)
		release()
		require.NoError(t, l.Shutdown(context.Background()))
		require.EqualValues(t, 1025, l.Stats().Returned)
	})
}

func TestBackpressureWaitBlocksUntilThereIsRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1))
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		spawned := make(chan error, 1)
		go func() { spawned <- l.Spawn(context.Background(), func(context.Context) error { return nil }) }()
		promised := make(chan *loop.Future[int], 1)
		go func() { promised <- loop.Async(context.Background(), l, value(8)) }()
		called := background(func() (int, error) { return loop.Call(context.Background(), l, value(9)) })
		synctest.Wait()
		require.Equal(t, 3, l.Stats().Waiting)
		require.Empty(t, spawned)
		require.Empty(t, promised)
		release()
		require.NoError(t, <-spawned)
		got, err := (<-promised).Await(context.Background())
		require.NoError(t, err)
		require.Equal(t, 8, got)
		require.Equal(t, result[int]{9, nil}, <-called)
		require.Equal(t, 1, l.Stats().MaxQueue)
	})
}

func TestBackpressureWaitEndsWithTheContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1))
		occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		fail := func(context.Context) (int, error) { t.Error("ran"); return 0, nil }
		call := background(func() (int, error) { return loop.Call(ctx, l, fail) })
		future := background(func() (int, error) { return loop.Async(ctx, l, fail).Await(context.Background()) })
		err := l.Spawn(ctx, func(context.Context) error { t.Error("ran"); return nil })
		requireDidNotRun(t, err, loop.ErrCanceled)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		requireDidNotRun(t, (<-call).err, loop.ErrCanceled)
		requireDidNotRun(t, (<-future).err, loop.ErrCanceled)
		s := l.Stats()
		require.Zero(t, s.Waiting)
		require.EqualValues(t, 3, s.Refused)
	})
}

func TestBackpressureWaitEndsWithTheLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1))
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		call := background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		future := background(func() (int, error) {
			return loop.Async(context.Background(), l, value(1)).Await(context.Background())
		})
		spawned := make(chan error, 1)
		go func() { spawned <- l.Spawn(context.Background(), func(context.Context) error { return nil }) }()
		synctest.Wait()
		require.NoError(t, l.Close())
		requireDidNotRun(t, (<-call).err, loop.ErrClosed)
		requireDidNotRun(t, (<-future).err, loop.ErrClosed)
		requireDidNotRun(t, <-spawned, loop.ErrClosed)
		release()
		<-l.Done()
		require.EqualValues(t, 3, l.Stats().Refused)
		requireAddsUp(t, l)
	})
}

func TestBackpressureRejectCoversEveryMode(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		_, err := loop.Call(context.Background(), l, value(1))
		requireDidNotRun(t, err, loop.ErrFull)
		_, err = loop.Async(context.Background(), l, value(1)).Await(context.Background())
		requireDidNotRun(t, err, loop.ErrFull)
		requireDidNotRun(t, l.Spawn(context.Background(), func(context.Context) error { return nil }), loop.ErrFull)
		require.EqualValues(t, 3, l.Stats().Refused)
		release()
	})
}

func TestBackpressureShedsTheOldestSpawnedTaskOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var told []error
		l := newLoop(t, loop.WithQueueSize(3), loop.WithOverflow(loop.OverflowShed),
			loop.WithErrorHandler(func(err *loop.Error) { told = append(told, err) }))
		release := occupy(t, l)
		var ran []string
		spawn := func(name string) error {
			return l.Spawn(context.Background(), func(context.Context) error { ran = append(ran, name); return nil })
		}
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(context.Context) (int, error) { ran = append(ran, "call"); return 0, nil })
		})
		synctest.Wait()
		require.NoError(t, spawn("a"))
		require.NoError(t, spawn("b"))
		require.NoError(t, spawn("c"))
		require.Len(t, told, 1, "a made room, and is not dropped silently")
		requireDidNotRun(t, told[0], loop.ErrFull)
		f := loop.Async(context.Background(), l, value(1))
		require.Len(t, told, 2, "b made room")
		g := loop.Async(context.Background(), l, value(1))
		requireDidNotRun(t, spawn("d"), loop.ErrFull) // nothing is left that may be shed
		release()
		require.NoError(t, (<-call).err)
		_, err := f.Await(context.Background())
		require.NoError(t, err)
		_, err = g.Await(context.Background())
		require.NoError(t, err)
		require.Equal(t, []string{"call"}, ran)
		s := l.Stats()
		require.EqualValues(t, 3, s.Dropped)
		require.EqualValues(t, 1, s.Refused)
		requireAddsUp(t, l)
	})
}

// A handler that waited for room in its own loop's queue would wait for itself.
func TestBackpressureHandlerDoesNotWaitForItsOwnLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1))
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			require.NoError(t, l.Spawn(ctx, func(context.Context) error { return nil }))
			requireDeadlock(t, l.Spawn(ctx, func(context.Context) error { return nil }), 1)
			_, err := loop.Async(ctx, l, value(1)).Await(ctx)
			requireDeadlock(t, err, 1)
			return loop.Call(ctx, l, value(1)) // runs inline and needs no room
		})
		require.NoError(t, err)
	})
}

// An awaiting handler that comes back needs no room in the queue.
func TestBackpressureAwaitingHandlerNeedsNoRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
		sleeper := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 1, loop.Sleep(ctx, time.Second) })
		})
		synctest.Wait()
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		time.Sleep(2 * time.Second)
		release()
		require.Equal(t, result[int]{1, nil}, <-sleeper)
	})
}

func TestBackpressureOptionsRefuseNonsense(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { loop.WithQueueSize(0) })
	require.Panics(t, func() { loop.WithOverflow(loop.OverflowWait - 1) })
	require.Panics(t, func() { loop.WithOverflow(loop.OverflowShed + 1) })
	require.Equal(t, "wait reject shed", loop.OverflowWait.String()+" "+loop.OverflowReject.String()+" "+loop.OverflowShed.String())
}
