package loop_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestSettlementReturned(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	got, err := loop.Call(context.Background(), l, value(42))
	require.NoError(t, err)
	require.Equal(t, 42, got)
}

func TestSettlementHandlerErrorIsNotWrapped(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	got, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { return 7, errHandler })
	require.Same(t, errHandler, err)
	require.Equal(t, 7, got, "results beside an error are the handler's too")
	var e *loop.Error
	require.False(t, errors.As(err, &e))
}

func TestSettlementClosedLoopDidNotRun(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithName("vm"))
	require.NoError(t, l.Close())
	ran := false
	_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { ran = true; return 1, nil })
	e := requireDidNotRun(t, err, loop.ErrClosed)
	require.False(t, ran)
	require.Equal(t, "vm", e.Loop)
	require.Contains(t, e.Handler, "TestSettlementClosedLoopDidNotRun")
	require.Regexp(t, `^settlement_test\.go:\d+$`, e.Position)
	require.Regexp(t, `did not run on loop "vm": the loop is closed$`, e.Error())
}

func TestSettlementFullLoopDidNotRun(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
	release := occupy(t, l)
	queued := loop.Async(context.Background(), l, value(1))
	_, err := loop.Call(context.Background(), l, value(2))
	requireDidNotRun(t, err, loop.ErrFull)
	release()
	got, err := queued.Await(context.Background())
	require.NoError(t, err)
	require.Equal(t, 1, got)
}

func TestSettlementCanceledDidNotRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		ctx, cancel := context.WithCancelCause(context.Background())
		ran := false
		call := background(func() (int, error) {
			return loop.Call(ctx, l, func(context.Context) (int, error) { ran = true; return 1, nil })
		})
		synctest.Wait()
		cancel(errHandler)
		err := (<-call).err
		requireDidNotRun(t, err, loop.ErrCanceled)
		require.ErrorIs(t, err, errHandler, "the cause is wrapped as well")
		require.Contains(t, err.Error(), "canceled while queued: "+errHandler.Error())
		release()
		_, err = loop.Call(context.Background(), l, value(0))
		require.NoError(t, err)
		require.False(t, ran)
	})
}

func TestSettlementAbandonedRan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		free := make(chan struct{})
		b := newBridge(called{Name: "test.Slow", Abandon: true}, func(_ context.Context, in int) (int, error) { <-free; return in, nil })
		ctx, cancel := context.WithCancel(context.Background())
		call := background(func() (int, error) { return b.call(ctx, l, 5) })
		synctest.Wait()
		cancel()
		r := <-call
		var e *loop.Error
		require.ErrorAs(t, r.err, &e)
		require.ErrorIs(t, r.err, loop.ErrAbandoned)
		require.ErrorIs(t, r.err, context.Canceled)
		require.False(t, e.NotRun())
		require.Zero(t, r.out)
		require.Contains(t, e.Error(), "was started, its outcome is unknown")
		require.Equal(t, 1, l.Stats().Running)
		close(free)
	})
}

func TestSettlementPanickedAndExited(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	v := caught(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { panic("boom") })
	})
	require.IsType(t, &loop.PanicError{}, v)
	require.True(t, exits(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
	}))
}

func TestSettlementNilLoop(t *testing.T) {
	t.Parallel()
	var none *loop.Loop
	ctx := context.Background()
	_, err := loop.Call(ctx, nil, value(1))
	requireDidNotRun(t, err, loop.ErrNoLoop)
	requireDidNotRun(t, none.Spawn(ctx, func(context.Context) error { return nil }), loop.ErrNoLoop)
	requireDidNotRun(t, none.Do(ctx, func(context.Context) error { return nil }), loop.ErrNoLoop)
	_, err = loop.Async(ctx, nil, value(1)).Await(ctx)
	requireDidNotRun(t, err, loop.ErrNoLoop)
}

// A call whose handler has finished is not told otherwise because its context
// ended in the same moment.
func TestSettlementResultBeatsEndedContext(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		ran := false
		got, err := loop.Call(ctx, l, func(context.Context) (int, error) { ran = true; cancel(); return 3, nil })
		cancel()
		require.True(t, ran)
		require.NoError(t, err)
		require.Equal(t, 3, got)
	}
}
