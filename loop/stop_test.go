package loop_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestStopShutdownDrains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		f := loop.Async(context.Background(), l, func(ctx context.Context) (error, error) { return ctx.Err(), nil })
		down := make(chan error, 1)
		go func() { down <- l.Shutdown(context.Background()) }()
		synctest.Wait()
		require.Empty(t, down)
		_, err := loop.Call(context.Background(), l, value(1))
		requireDidNotRun(t, err, loop.ErrClosed)
		release()
		require.NoError(t, <-down)
		alive, err := f.Await(context.Background())
		require.NoError(t, err)
		require.NoError(t, alive, "the context lives until time is up")
		<-l.Done()
	})
}

func TestStopShutdownOutOfTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		ended := make(chan error, 1)
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return nil
		}))
		f := loop.Async(context.Background(), l, value(1))
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errHandler)
		defer cancel()
		start := time.Now()
		require.Equal(t, errHandler, l.Shutdown(ctx))
		require.Equal(t, time.Minute, time.Since(start), "the running handler is left alone until then")
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrClosed)
		<-l.Done()
		require.Equal(t, loop.ErrClosed, <-ended)
	})
}

func TestStopCloseSettlesTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var told []error
		l := newLoop(t, loop.WithErrorHandler(func(err *loop.Error) { told = append(told, err) }))
		release := occupy(t, l)
		call := background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		synctest.Wait()
		f := loop.Async(context.Background(), l, value(1))
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { t.Error("ran"); return nil }))
		require.NoError(t, l.Close())
		requireDidNotRun(t, (<-call).err, loop.ErrClosed)
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrClosed)
		require.Len(t, told, 1, "accepted spawned work is not dropped silently")
		requireDidNotRun(t, told[0], loop.ErrClosed)
		select {
		case <-l.Done():
			t.Fatal("a handler is still running")
		default:
		}
		release()
		<-l.Done()
		require.EqualValues(t, 3, l.Stats().Dropped)
		requireAddsUp(t, l)
	})
}

func TestStopIsIdempotent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := loop.New()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { _ = l.Close() })
			all.Go(func() { _ = l.Shutdown(context.Background()) })
		}
		all.Wait()
		<-l.Done()
		require.NoError(t, l.Close())
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.NoError(t, l.Shutdown(ctx), "it has stopped already")
	})
}

func TestStopFromAHandler(t *testing.T) {
	for name, stop := range map[string]func(context.Context, *loop.Loop) error{
		"Close":    func(_ context.Context, l *loop.Loop) error { return l.Close() },
		"Shutdown": func(ctx context.Context, l *loop.Loop) error { return l.Shutdown(ctx) },
		"Shutdown in an inline call": func(ctx context.Context, l *loop.Loop) error {
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { return 0, l.Shutdown(ctx) })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLoop(t)
				got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 3, stop(ctx, l) })
				require.NoError(t, err)
				require.Equal(t, 3, got, "the caller gets the result nevertheless")
				<-l.Done()
			})
		})
	}
}

// By way of another loop, Shutdown would wait for a handler that waits for it.
func TestStopByWayOfAnotherLoopIsADeadlock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, other := newLoop(t), newLoop(t)
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.Call(ctx, other, func(ctx context.Context) (int, error) { return 0, l.Shutdown(ctx) })
		})
		require.Equal(t, loop.WaitDrain, requireDeadlock(t, err, 2).Hops[0].Kind)
		<-l.Done() // the shutdown goes on
	})
}

// A handler in Await comes back to a closed loop, because it must return.
func TestStopAwaitingHandlersComeBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var calls []<-chan result[int]
		for range 3 {
			calls = append(calls, background(func() (int, error) {
				return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 1, loop.Sleep(ctx, time.Hour) })
			}))
		}
		synctest.Wait()
		release := occupy(t, l) // so that they queue for the role
		require.NoError(t, l.Close())
		synctest.Wait()
		require.NoError(t, l.Close()) // finds them in the queue
		release()
		for _, c := range calls {
			require.Equal(t, result[int]{1, loop.ErrClosed}, <-c)
		}
		<-l.Done()
	})
}

func TestStopShutdownWaitsForAwaitingHandlers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 1, loop.Sleep(ctx, time.Hour) })
		})
		synctest.Wait()
		start := time.Now()
		require.NoError(t, l.Shutdown(context.Background()))
		require.Equal(t, time.Hour, time.Since(start))
		require.Equal(t, result[int]{1, nil}, <-call)
	})
}

// Both orders of "the loop closes" and "the handler starts".
func TestStopRacesWithStart(t *testing.T) {
	t.Parallel()
	var ran, refused int
	for range 1500 {
		l := loop.New()
		release := occupy(t, l)
		started := false
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(context.Context) (int, error) { started = true; return 1, nil })
		})
		var both sync.WaitGroup
		both.Go(release)
		both.Go(func() { _ = l.Close() })
		r := <-call
		both.Wait()
		<-l.Done()
		require.Equal(t, started, r.err == nil)
		if r.err == nil {
			ran++
		} else {
			refused++
			requireDidNotRun(t, r.err, loop.ErrClosed)
		}
		requireAddsUp(t, l)
	}
	t.Logf("ran %d, refused %d", ran, refused)
}

// goroutinesOf counts the goroutines that were started by this package's code and
// have the mark on their stack.
func goroutinesOf(mark string) int {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	return strings.Count(string(buf), mark)
}

// The test is not parallel: it counts runners, and other tests have some.
func TestStopDroppedLoopLeaksNothing(t *testing.T) {
	const runners = "loop.(*runner).main("
	before := goroutinesOf(runners)
	for range 20 {
		l := loop.New()
		_, err := loop.Call(context.Background(), l, value(1))
		require.NoError(t, err)
	}
	require.Greater(t, goroutinesOf(runners), before)
	deadline := time.Now().Add(10 * time.Second)
	for goroutinesOf(runners) > before && time.Now().Before(deadline) {
		runtime.GC()
		yield()
	}
	require.LessOrEqual(t, goroutinesOf(runners), before)
}

func TestStopClosedLoopLeaksNothing(t *testing.T) {
	bubble(t, func(t *testing.T) { // a bubble does not end while its goroutines live
		l := loop.New()
		for range 10 {
			go func() {
				_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 0, loop.Sleep(ctx, time.Second) })
			}()
		}
		synctest.Wait()
		require.NoError(t, l.Shutdown(context.Background()))
	})
}

// A call that is withdrawn while the loop closes has one of the two outcomes, and
// its task, which may be in use again at once, is not told the other.
func TestStopRacesWithCancel(t *testing.T) {
	t.Parallel()
	reasons := map[error]int{}
	for range 300 {
		l := loop.New()
		release := occupy(t, l)
		ctx, cancel := context.WithCancel(context.Background())
		var calls []<-chan result[int]
		for range 8 {
			calls = append(calls, background(func() (int, error) {
				return loop.Call(ctx, l, func(context.Context) (int, error) { t.Error("ran"); return 0, nil })
			}))
		}
		for l.Stats().Queued < len(calls) {
			yield()
		}
		var both sync.WaitGroup
		both.Go(cancel)
		both.Go(func() { _ = l.Close() })
		for _, c := range calls {
			err := (<-c).err
			reason := loop.ErrClosed
			if errors.Is(err, loop.ErrCanceled) {
				reason = loop.ErrCanceled
			}
			requireDidNotRun(t, err, reason)
			reasons[reason]++
		}
		both.Wait()
		release()
		<-l.Done()
		requireAddsUp(t, l)
	}
	t.Log(reasons)
}

// What the loop tells its error handler, it tells without a lock.
func TestStopByTheErrorHandlerOfATimer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var l *loop.Loop
		l = loop.New(loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject), loop.WithErrorHandler(func(*loop.Error) { _ = l.Close() }))
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		l.AfterFunc(time.Second, func(context.Context) {})
		time.Sleep(2 * time.Second)
		release()
		<-l.Done()
	})
}
