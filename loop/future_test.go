package loop_test

import (
	"context"
	"runtime"
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
		f := loop.Async(context.Background(), l, func(context.Context) (int, error) { return 4, errHandler })
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
	f := loop.Async(context.Background(), l, value(7))
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
		f := loop.Async(context.Background(), l, func(context.Context) (int, error) { time.Sleep(time.Minute); return 7, nil })
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
			return loop.Async(ctx, l, value(5)).Await(ctx)
		})
		require.NoError(t, err)
		require.Equal(t, 5, got)
	})
}

// A settled future is not a reason to give up the role.
func TestFutureThatIsSettledKeepsTheRole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		f := loop.Async(context.Background(), l, value(5))
		<-f.Done()
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			ran := false
			require.NoError(t, l.Spawn(ctx, func(context.Context) error { ran = true; return nil }))
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
			return loop.Async(ctx, b, func(ctx context.Context) (int, error) {
				return loop.Async(ctx, a, value(6)).Await(ctx)
			}).Await(ctx)
		})
		require.NoError(t, err)
		require.Equal(t, 6, got)
	})
}

func TestFutureResultDoesNotWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		f := loop.Async(context.Background(), l, func(context.Context) (int, error) { return 4, errHandler })
		got, err := f.Result()
		require.Equal(t, loop.ErrPending, err)
		require.Zero(t, got)
		release()
		synctest.Wait()
		got, err = f.Result()
		require.Same(t, errHandler, err)
		require.Equal(t, 4, got)
	})
}

func TestFutureDoneOfSettledIsClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		f := loop.Async(context.Background(), l, value(4))
		synctest.Wait()
		<-f.Done()
		require.Equal(t, f.Done(), f.Done())
	})
}

func TestFutureResultPanicsAsAwaitDoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		f := loop.Async(context.Background(), l, func(context.Context) (int, error) { panic(errHandler) })
		synctest.Wait()
		for range 2 {
			v := caught(func() { _, _ = f.Result() })
			require.ErrorIs(t, v.(error), errHandler)
		}
	})
}

// The panic of a dropped future comes to light when the collector finds that nobody
// can ask for it.
func TestFutureDroppedPanicReachesThePanicHandler(t *testing.T) {
	t.Parallel()
	panics := make(chan *loop.PanicError, 1)
	l := newLoop(t, loop.WithPanicHandler(func(p *loop.PanicError) { panics <- p }))
	_ = loop.Async(context.Background(), l, func(context.Context) (int, error) { panic(errHandler) })
	require.NoError(t, l.Shutdown(context.Background()))
	var p *loop.PanicError
	for deadline := time.After(10 * time.Second); p == nil; {
		runtime.GC()
		select {
		case p = <-panics:
		case <-deadline:
			t.Fatal("the panic is lost")
		case <-time.After(time.Millisecond): // the collector's cleanups are on no clock
		}
	}
	require.ErrorIs(t, p, errHandler)
	require.Contains(t, p.Handler, "TestFutureDroppedPanicReachesThePanicHandler")
	require.Empty(t, p.CallerStack)
}

// A panic that somebody has been given is not reported once more.
func TestFutureSeenPanicIsNotReported(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithPanicHandler(func(p *loop.PanicError) { t.Error("reported:", p) }))
	func() {
		f := loop.Async(context.Background(), l, func(context.Context) (int, error) { panic(errHandler) })
		require.NotNil(t, caught(func() { _, _ = f.Await(context.Background()) }))
	}()
	collected := make(chan struct{})
	runtime.AddCleanup(new([64]*int), func(struct{}) { close(collected) }, struct{}{})
	runtime.GC()
	<-collected // cleanups run in no order, but those of one collection soon after each other
	runtime.GC()
}
