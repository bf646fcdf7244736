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

// closed reports whether l has come to its end.
func closed(l *loop.Loop) bool {
	select {
	case <-l.Done():
		return true
	default:
		return false
	}
}

func TestFinalRunsLast(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var order []string
		l := newLoop(t, loop.WithFinal(func(context.Context) { order = append(order, "final") }))
		for i, name := range []string{"first", "second"} {
			require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
				_ = loop.Sleep(ctx, time.Duration(i)*time.Second)
				order = append(order, name)
				return nil
			}))
		}
		require.False(t, l.Closed())
		require.NoError(t, l.Shutdown(context.Background()))
		require.True(t, l.Closed())
		require.Equal(t, []string{"first", "second", "final"}, order)
		require.True(t, closed(l))
		requireAddsUp(t, l)
	})
}

// It runs without any handler before it, and once, however often the loop is stopped.
func TestFinalRunsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		n := 0
		l := newLoop(t, loop.WithFinal(func(context.Context) { n++ }))
		for range 3 {
			require.NoError(t, l.Close())
			require.NoError(t, l.Shutdown(context.Background()))
		}
		require.Equal(t, 1, n)
	})
}

// Within the time of Shutdown the context lives.
func TestFinalContextOfShutdown(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var err error
		var of *loop.Loop
		l := newLoop(t, loop.WithFinal(func(ctx context.Context) { of, err = loop.Current(ctx), ctx.Err() }))
		require.NoError(t, l.Shutdown(context.Background()))
		require.Same(t, l, of)
		require.NoError(t, err)
	})
}

// After Close it has ended from the start.
func TestFinalContextAfterClose(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		for range 50 {
			var err error
			l := newLoop(t, loop.WithFinal(func(ctx context.Context) { err = context.Cause(ctx) }))
			require.NoError(t, l.Close())
			<-l.Done()
			require.Equal(t, loop.ErrClosed, err)
		}
	})
}

// Shutdown waits for the function within its time. Then the function is to end, and Done waits.
func TestFinalOutOfTime(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		start := time.Now()
		var ended, awaited time.Duration
		l := newLoop(t, loop.WithFinal(func(ctx context.Context) {
			<-ctx.Done()
			ended = time.Since(start)
			_ = loop.Await(ctx, func(context.Context) error { time.Sleep(time.Second); return nil })
			awaited = time.Since(start)
		}))
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errHandler)
		defer cancel()
		require.Equal(t, errHandler, l.Shutdown(ctx))
		require.Equal(t, time.Minute, time.Since(start))
		require.False(t, closed(l))
		<-l.Done()
		require.Equal(t, []time.Duration{time.Minute, time.Minute + time.Second}, []time.Duration{ended, awaited})
	})
}

// The function is a handler: it awaits, calls the loop in place, and is refused what comes later.
func TestFinalIsAHandler(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var l *loop.Loop
		ran := false
		l = newLoop(t, loop.WithFinal(func(ctx context.Context) {
			_ = loop.Sleep(ctx, time.Second)
			got, err := loop.Call(ctx, l, value(4))
			require.Equal(t, result[int]{4, nil}, result[int]{got, err})
			got, err = loop.Call(context.Background(), l, value(5))
			require.Equal(t, result[int]{5, nil}, result[int]{got, err})
			requireDidNotRun(t, l.Spawn(ctx, func(context.Context) error { return nil }), loop.ErrClosed)
			_, err = loop.Async(ctx, l, value(1)).Await(ctx)
			requireDidNotRun(t, err, loop.ErrClosed)
			require.NoError(t, l.Shutdown(ctx))
			require.NoError(t, l.Close())
			ran = true
		}))
		require.NoError(t, l.Shutdown(context.Background()))
		require.True(t, ran)
	})
}

func TestFinalPanicGoesToThePanicHandler(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var got []*loop.PanicError
		l := newLoop(t, loop.WithFinal(panics), loop.WithPanicHandler(func(p *loop.PanicError) { got = append(got, p) }))
		require.NoError(t, l.Shutdown(context.Background()))
		require.Len(t, got, 1)
		require.ErrorIs(t, got[0], errHandler)
	})
}

func TestFinalGoexit(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t, loop.WithFinal(func(context.Context) { runtime.Goexit() }))
		require.NoError(t, l.Shutdown(context.Background()))
		require.EqualValues(t, 1, l.Stats().Exited)
	})
}

// Handlers that are under way when the loop is closed come first.
func TestFinalWaitsForHandlersThatAwait(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var order []string
		l := newLoop(t, loop.WithFinal(func(context.Context) { order = append(order, "final") }))
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
			_ = loop.Await(ctx, func(context.Context) error { time.Sleep(time.Second); return nil })
			order = append(order, "handler")
			return nil
		}))
		synctest.Wait()
		require.NoError(t, l.Close())
		<-l.Done()
		require.Equal(t, []string{"handler", "final"}, order)
	})
}

// A loop of NewMain that is not being run yet has its final function run by its run function.
func TestFinalOfMainThatIsClosedBeforeRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ran := false
		l, run := loop.NewMain(loop.WithFinal(func(context.Context) { ran = true }))
		require.NoError(t, l.Close())
		require.False(t, closed(l))
		require.NoError(t, run(context.Background()))
		require.True(t, ran)
		require.True(t, closed(l))
	})
}

func TestFinalOfMainWhoseContextEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ran := false
		_, run := loop.NewMain(loop.WithFinal(func(context.Context) { ran = true }))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, run(ctx), context.DeadlineExceeded)
		require.True(t, ran)
	})
}

func TestFinalOfSharded(t *testing.T) {
	for name, own := range map[string]loop.Option{"default": loop.WithName("x"), "inline": loop.WithInline(), "thread": loop.WithThread()} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ran := make(chan *loop.Loop, 8)
				ctx, cancel := context.WithCancel(context.Background())
				s := loop.NewSharded(4, own, loop.WithContext(ctx), loop.WithFinal(func(ctx context.Context) { ran <- loop.Current(ctx) }))
				requireAlive(t, s.Loops()...)
				for _, l := range s.Loops() {
					require.False(t, l.Closed())
				}
				cancel()
				require.NoError(t, s.Shutdown(context.Background()))
				close(ran)
				var all []*loop.Loop
				for l := range ran {
					all = append(all, l)
				}
				require.ElementsMatch(t, s.Loops(), all)
			})
		})
	}
}

// The end of the context begins a shutdown: what was accepted runs, and does not notice.
func TestWithContextShutsDown(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		ctx, cancel := context.WithCancel(context.Background())
		final := false
		l := newLoop(t, loop.WithContext(ctx), loop.WithFinal(func(ctx context.Context) { final = ctx.Err() == nil }))
		first := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 1, loop.Sleep(ctx, time.Hour) })
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		require.True(t, l.Closed())
		_, err := loop.Call(context.Background(), l, value(2))
		requireDidNotRun(t, err, loop.ErrClosed)
		require.Equal(t, result[int]{1, nil}, <-first)
		<-l.Done()
		require.True(t, final)
	})
}

// A loop whose context has ended is closed when New returns.
func TestWithContextThatHasEnded(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		l := newLoop(t, loop.WithContext(ctx))
		require.True(t, l.Closed())
		_, err := loop.Call(context.Background(), l, value(1))
		requireDidNotRun(t, err, loop.ErrClosed)
		<-l.Done()
	})
}

// The context may be that of a handler, of another loop or of none.
func TestWithContextOfAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		outer := newLoop(t)
		var inner *loop.Loop
		_, err := loop.Call(context.Background(), outer, func(ctx context.Context) (int, error) {
			inner = loop.New(loop.WithContext(ctx))
			return 0, nil
		})
		require.NoError(t, err)
		requireAlive(t, inner)
		require.NoError(t, outer.Close())
		<-inner.Done()
	})
}

// Neither the context nor its registration keeps a loop. Not parallel: it counts goroutines.
func TestWithContextDoesNotKeepLoops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	mark := "loop.(*runner).main("
	before := goroutinesOf(mark)
	useAndDrop(t, 10, loop.WithContext(ctx))
	deadline := time.Now().Add(10 * time.Second)
	for goroutinesOf(mark) > before && time.Now().Before(deadline) {
		runtime.GC()
		yield()
	}
	require.LessOrEqual(t, goroutinesOf(mark), before)
}

func TestCurrent(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		require.Nil(t, loop.Current(context.Background()))
		l, other := newLoop(t), newLoop(t)
		calls(t, l, func(ctx context.Context) {
			require.Same(t, l, loop.Current(ctx))
			require.Same(t, l, loop.Current(context.WithValue(ctx, contextKey{}, 1)))
			_, err := loop.Call(ctx, other, func(ctx context.Context) (int, error) {
				require.Same(t, other, loop.Current(ctx))
				return 0, nil
			})
			require.NoError(t, err)
			_ = loop.Await(ctx, func(ctx context.Context) error {
				require.Same(t, l, loop.Current(ctx))
				return nil
			})
		})
	})
}

func TestClosedOfNil(t *testing.T) {
	t.Parallel()
	require.True(t, (*loop.Loop)(nil).Closed())
}

// Calls with some keys are refused as soon as one loop has begun to stop.
func TestShardedClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(3)
		require.False(t, s.Closed())
		require.NoError(t, s.Loops()[1].Close())
		require.True(t, s.Closed())
		require.NoError(t, s.Close())
		require.True(t, s.Closed())
		require.True(t, (*loop.Sharded)(nil).Closed())
	})
}
