package loop_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// threadsOf returns the threads on which 20 handlers of l run that sleep in between.
func threadsOf(t *testing.T, l *loop.Loop) map[int]bool {
	t.Helper()
	threads := make(map[int]bool) // touched by handlers only
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				threads[syscall.Gettid()] = true
				err := loop.Sleep(ctx, time.Millisecond) // a real thread, so real time
				threads[syscall.Gettid()] = true
				return 0, err
			})
			require.NoError(t, err)
		})
	}
	all.Wait()
	return threads
}

func TestThreadIsOneForAllHandlers(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithThread())
	threads := threadsOf(t, l)
	require.Len(t, threads, 1)
	require.NotContains(t, threads, syscall.Gettid())
}

func TestThreadSurvivesGoexitAndPanic(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithThread())
	before := threadsOf(t, l)
	require.True(t, exits(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
	}))
	require.NotNil(t, caught(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { panic("boom") })
	}))
	require.Equal(t, before, threadsOf(t, l))
}

func TestMainRunsOnTheCallersThread(t *testing.T) {
	t.Parallel()
	l, run := loop.NewMain()
	var threads map[int]bool
	go func() {
		threads = threadsOf(t, l)
		_ = l.Shutdown(context.Background())
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	require.NoError(t, run(context.Background()))
	require.Equal(t, map[int]bool{syscall.Gettid(): true}, threads)
}

func TestMainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l, run := loop.NewMain()
	ctx, cancel := context.WithCancel(context.Background())
	running := make(chan struct{})
	require.NoError(t, l.Spawn(ctx, func(ctx context.Context) error {
		close(running)
		<-ctx.Done() // ends with the loop
		return nil
	}))
	go func() {
		<-running
		cancel()
	}()
	require.ErrorIs(t, run(ctx), context.Canceled)
	_, err := loop.Call(context.Background(), l, value(1))
	requireDidNotRun(t, err, loop.ErrClosed)
}

// A caller of an idle inline loop runs its handler itself.
func TestInlineRunsOnTheCallersThread(t *testing.T) {
	t.Parallel()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l := newLoop(t, loop.WithInline())
	got, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { return syscall.Gettid(), nil })
	require.NoError(t, err)
	require.Equal(t, syscall.Gettid(), got)
}

// Overtaking is limited: a caller among others who hammer the loop gets its turn.
func TestInlineIsFair(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithInline())
	counter, stop := 0, make(chan struct{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { counter++; return 0, nil })
			}
		})
	}
	for range 200 {
		_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { counter++; return 0, nil })
		require.NoError(t, err)
	}
	close(stop)
	all.Wait()
	s := l.Stats()
	require.EqualValues(t, counter, s.Returned)
	require.Equal(t, s.Accepted, s.Returned)
}

// Whatever handlers do to the lock, and however often they are preempted, all of them run on one
// thread. Every switch sets the lock again, and for a moment there is none.
func TestThreadIsOneWhateverIsLocked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"thread", "main", "adapt"} {
		l := lockedLoop(t, name)
		stop := pressure()
		threads := make(map[int]bool) // touched by handlers only
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for j := range 6 {
					_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
						for range (i + j) % 5 {
							runtime.LockOSThread()
						}
						threads[syscall.Gettid()] = true
						if (i+j)%2 == 0 {
							_ = loop.Sleep(ctx, 0)
						}
						for range (i * j) % 4 {
							runtime.UnlockOSThread()
						}
						runtime.Gosched()
						threads[syscall.Gettid()] = true
						return 0, nil
					})
					require.NoError(t, err)
				}
			})
		}
		all.Wait()
		stop()
		require.Len(t, threads, 1, name)
	}
}

// lockedLoop makes a loop whose handlers belong to one thread.
func lockedLoop(t *testing.T, executor string) *loop.Loop {
	t.Helper()
	switch executor {
	case "main":
		return newMain(t)
	case "adapt":
		e := &eventLoop{wake: make(chan struct{}, 1)}
		go func() {
			runtime.LockOSThread()
			e.run()
		}()
		l := loop.Adapt(e.post, loop.WithCoroutines())
		t.Cleanup(func() {
			_ = l.Close()
			<-l.Done()
			close(e.wake)
		})
		return l
	default:
		return newLoop(t, loop.WithThread())
	}
}

// pressure keeps all processors busy with goroutines that have to be preempted, and with the
// garbage collector, until stop is called.
func pressure() (stop func()) {
	var over atomic.Bool
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := 1; !over.Load(); i++ {
				if i%1_000_000 == 0 {
					runtime.GC()
				}
			}
		})
	}
	return func() {
		over.Store(true)
		all.Wait()
	}
}
