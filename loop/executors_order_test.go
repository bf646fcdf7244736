package loop_test

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// What one goroutine submits stays in order, also where calls may overtake calls: a
// call must not overtake what its own goroutine has spawned before.
func TestExecutorsKeepTheOrderOfEachCaller(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		const callers, rounds = 8, 60
		l, ctx := newLoop(t), context.Background()
		var seen [callers][]int // touched by handlers only
		var all sync.WaitGroup
		for c := range callers {
			note := func(i int) { seen[c] = append(seen[c], i) }
			all.Go(func() {
				for i := 0; i < 3*rounds; i += 3 {
					require.NoError(t, l.Spawn(ctx, func(context.Context) error { note(i); return nil }))
					_ = loop.Async(ctx, l, func(context.Context) (int, error) { note(i + 1); return 0, nil })
					_, err := loop.Call(ctx, l, func(context.Context) (int, error) { note(i + 2); return 0, nil })
					require.NoError(t, err)
				}
			})
		}
		all.Wait()
		for c := range callers {
			require.Len(t, seen[c], 3*rounds)
			for i, got := range seen[c] {
				require.Equal(t, i, got, "caller %d", c)
			}
		}
	})
}

// The race detector sees whether a handler, or its caller, may miss what the last wrote.
func TestExecutorsNeedNoLock(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		const callers, calls = 64, 40
		l, counter := newLoop(t), 0
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for i := range calls {
					mine := 0
					_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
						counter++
						if (c+i)%8 == 0 {
							_ = loop.Sleep(ctx, 0)
						}
						mine++
						return 0, nil
					})
					require.NoError(t, err)
					require.Equal(t, 1, mine)
				}
			})
		}
		all.Wait()
		require.Equal(t, callers*calls, counter)
		requireAddsUp(t, l)
		require.EqualValues(t, callers*calls, l.Stats().Returned)
	})
}

// goroutine returns the line of a traceback that names the calling goroutine.
func goroutine() string {
	buf := make([]byte, 64)
	line, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte("["))
	return string(line)
}

func TestInlineRunsOnTheCallersGoroutine(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithInline())
	var all sync.WaitGroup
	for range 16 { // idle or busy, by the caller or after a wait
		all.Go(func() {
			for range 50 {
				got, err := loop.Call(context.Background(), l, func(context.Context) (string, error) { return goroutine(), nil })
				require.NoError(t, err)
				require.Equal(t, goroutine(), got)
			}
		})
	}
	all.Wait()
}

// Nobody waits for these, so they run on a goroutine of the loop.
func TestInlineSpawnsElsewhere(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithInline())
	own := make(chan string, 1)
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { own <- goroutine(); return nil }))
	require.NotEqual(t, goroutine(), <-own)
	got, err := loop.Async(context.Background(), l, func(context.Context) (string, error) { return goroutine(), nil }).Await(context.Background())
	require.NoError(t, err)
	require.NotEqual(t, goroutine(), got)
}

// Whoever stands in line while one caller hammers the loop without a pause gets its
// turn: overtaking ends after a millisecond. Real time, because spinning takes none.
func TestInlineWaiterIsNotStarved(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithInline())
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = loop.Call(context.Background(), l, value(0))
			}
		}
	}()
	for range 50 {
		start := time.Now()
		requireAlive(t, l)
		require.Less(t, time.Since(start), 5*time.Second)
	}
	close(stop)
	<-stopped
}

// The goroutines of handlers that have called Goexit end with the thread: a bubble does
// not end while they live.
func TestThreadEndsWithThoseThatExited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithThread())
		for range 3 {
			require.True(t, exits(func() {
				_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
			}))
		}
		requireAlive(t, l)
	})
}

func TestMainIsServedByOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, run := loop.NewMain(loop.WithName("gui"))
		ended := make(chan error, 1)
		go func() { ended <- run(context.Background()) }()
		requireAlive(t, l) // it is being served
		require.EqualError(t, run(context.Background()), `loop "gui" has been run by another call`)
		requireAlive(t, l)
		require.NoError(t, l.Close())
		require.NoError(t, <-ended)
		require.Error(t, run(context.Background()), "the first has returned")
	})
}

// Tasks that come before run is called wait for it.
func TestMainKeepsWhatComesEarly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, run := loop.NewMain()
		var order []int
		for i := range 3 {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { order = append(order, i); return nil }))
		}
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error { _ = l.Shutdown(ctx); return nil }))
		require.NoError(t, run(context.Background()))
		require.Equal(t, []int{0, 1, 2}, order)
	})
}

func TestMainThatIsClosedBeforeRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, run := loop.NewMain()
		f := loop.Async(context.Background(), l, value(1))
		require.NoError(t, l.Close())
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrClosed)
		require.NoError(t, run(context.Background()))
		<-l.Done()
	})
}

// useAndDrop makes loops, uses them in every way that starts goroutines, and leaves
// them.
//
//go:noinline
func useAndDrop(t *testing.T, n int, opts ...loop.Option) {
	t.Helper()
	for range n {
		l := loop.New(opts...)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					return 0, loop.Sleep(ctx, time.Millisecond) // a real thread, so real time
				})
				require.NoError(t, err)
			})
		}
		all.Wait()
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
	}
}

// Not parallel: it counts goroutines of which other tests have some.
func TestExecutorsLeakNothingWhenDropped(t *testing.T) {
	marks := map[string]int{"loop.(*runner).main(": 0, "loop.(*thread).main(": 0, "loop.newCoroutine.": 0}
	for mark := range marks {
		marks[mark] = goroutinesOf(mark)
	}
	useAndDrop(t, 10)
	useAndDrop(t, 10, loop.WithInline())
	useAndDrop(t, 10, loop.WithThread())
	for mark, before := range marks {
		deadline := time.Now().Add(10 * time.Second)
		for goroutinesOf(mark) > before && time.Now().Before(deadline) {
			runtime.GC()
			yield()
		}
		require.LessOrEqual(t, goroutinesOf(mark), before, mark)
	}
}
