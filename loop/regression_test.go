package loop_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// Bug T1. Needs -race: the abandoning caller reads the task's body after it has
// given the task away.
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

// Bug T2. Needs -race: the watch over the context may settle the future before
// start has stored the function that ends the watch.
func TestCancelFutureRacesWithSubmit(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for range 5000 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		_, _ = loop.Go(ctx, l, value(1)).Await(context.Background())
	}
	requireAddsUp(t, l)
}

// Fixed, keep. The process dies: "close of synctest channel from outside bubble".
func TestContextIsCollectedInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithCancel(context.Background())
		defer cancel()
		type key struct{}
		for i := range 50 {
			_, err := loop.Call(context.WithValue(parent, key{}, i), l, func(ctx context.Context) (int, error) {
				return 0, loop.Sleep(ctx, time.Millisecond)
			})
			require.NoError(t, err)
		}
		for range 5 {
			runtime.GC()
			yield()
		}
	})
}

// Fixed, keep. A Done channel that is kept longer than its context closes although nothing
// has ended.
func TestContextDoneChannelOutlivesTheContext(t *testing.T) {
	l := newLoop(t)
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	var done <-chan struct{}
	_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) { done = ctx.Done(); return 0, nil })
	require.NoError(t, err)
	other, stop := context.WithCancel(context.Background())
	defer stop()
	for range 50 {
		runtime.GC()
		_, _ = loop.Call(other, l, value(1)) // the pooled task gets another context
		yield()
		select {
		case <-done:
			require.NoError(t, parent.Err(), "the parent lives")
			t.Fatal("Done is closed, but neither the parent nor the loop has ended")
		default:
		}
	}
}

// Fixed, keep. Close promises ErrClosed as the cause.
func TestContextCauseIsErrClosedWithoutDone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithCancel(context.Background())
		defer cancel()
		cause, err := loop.Call(parent, l, func(ctx context.Context) (error, error) {
			_ = l.Close()
			return context.Cause(ctx), nil
		})
		require.NoError(t, err)
		require.Equal(t, loop.ErrClosed, cause)
	})
}

// Bug T4. "After Err returns a non-nil error, successive calls return the same
// error", and before Done is closed Err is nil (package context).
func TestContextErrDoesNotChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			_ = l.Close()
			first := ctx.Err()
			time.Sleep(2 * time.Second)
			require.Equal(t, first, ctx.Err())
			return 0, nil
		})
		require.NoError(t, err)
	})
}

// Bug T6. The loop hangs: a Goexit in the panic handler takes the role along.
func TestPanicHandlerThatExits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := loop.New(loop.WithPanicHandler(func(*loop.PanicError) { runtime.Goexit() }))
		require.NoError(t, loop.Spawn(context.Background(), l, func(context.Context) { panic("boom") }))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := loop.Call(ctx, l, value(1))
		require.NoError(t, err)
		_ = l.Close()
	})
}

// Bug T6. The same with the error handler of a spawned handler's error.
func TestErrorHandlerThatExits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := loop.New(loop.WithErrorHandler(func(error) { runtime.Goexit() }))
		b := newBridge(called{Name: "test.Fail"}, func(context.Context, int) (int, error) { return 0, errors.New("no") })
		require.NoError(t, b.Spawn(context.Background(), l, request[int, int]{1, b.Run}))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := loop.Call(ctx, l, value(1))
		require.NoError(t, err)
		_ = l.Close()
	})
}

// Bug T7. An error handler may close the loop.
func TestTimerErrorHandlerMayCloseTheLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var l *loop.Loop
		l = loop.New(loop.WithQueue(1), loop.WithOverflow(loop.Reject), loop.WithErrorHandler(func(error) { _ = l.Close() }))
		release := occupy(t, l)
		require.NoError(t, loop.Spawn(context.Background(), l, func(context.Context) {}))
		l.After(time.Second, func(context.Context) {})
		time.Sleep(2 * time.Second)
		release()
		<-l.Done()
	})
}

// Bug T8. A nil Sharded, which Shard knows, is none to its methods.
func TestShardedNil(t *testing.T) {
	var s *loop.Sharded
	require.NoError(t, s.Close())
	require.NoError(t, s.Shutdown(context.Background()))
	require.Empty(t, s.Loops())
}

// Bug T9. A refused self-call is not counted.
func TestStatsCountReentrantRefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		b := newBridge(called{Name: "x", NonReentrant: true}, func(_ context.Context, in int) (int, error) { return in, nil })
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return b.call(ctx, l, 1) })
		requireDidNotRun(t, err, loop.ErrReentrant)
		require.EqualValues(t, 1, l.Stats().Refused)
	})
}

// Bug T3. Err was not nil and then is: the end that Done makes is told of it by
// another goroutine, later.
func TestContextErrStaysWhenDoneIsAskedFor(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for range 100 {
		parent, cancel := context.WithCancel(context.Background())
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			cancel()
			require.Error(t, ctx.Err())
			_ = ctx.Done()
			require.Error(t, ctx.Err())
			return 0, nil
		})
		require.NoError(t, err)
	}
}

// Bug T5. Cause and Err tell of the same end.
func TestContextCauseIsOfTheFirstEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithCancelCause(context.Background())
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			_ = l.Close()
			<-ctx.Done()
			require.Equal(t, loop.ErrClosed, context.Cause(ctx))
			cancel(errHandler)
			require.Equal(t, loop.ErrClosed, context.Cause(ctx))
			return 0, nil
		})
		require.NoError(t, err)
	})
}

// On a host, the handler's goroutine is still the loop's current one for a moment
// after it has gone into Await. A call from the awaited function is no deadlock.
func TestDeadlockIsNotSeenInAwaitOnAHost(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithThread())
	for range 3000 {
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.Await(ctx, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, value(0)) })
		})
		require.NoError(t, err)
	}
}
