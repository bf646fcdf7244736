package loop_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A maker makes a loop of some executor that is being served until the test ends.
type maker func(t testing.TB, opts ...loop.Option) *loop.Loop

// makers are the executors.
var makers = map[string]maker{
	"default": newLoop,
	"inline":  maker(newLoop).with(loop.WithInline()),
	"thread":  maker(newLoop).with(loop.WithThread()),
	"main":    newMain,
	"adapt":   newAdapted,
}

func (m maker) with(own loop.Option) maker {
	return func(t testing.TB, opts ...loop.Option) *loop.Loop {
		t.Helper()
		return m(t, append(opts, own)...)
	}
}

// newMain makes a loop of NewMain, with a goroutine in the place of the main one.
func newMain(t testing.TB, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l, run := loop.NewMain(opts...)
	ended := make(chan error, 1)
	go func() { ended <- run(context.Background()) }()
	t.Cleanup(func() {
		_ = l.Close()
		require.NoError(t, <-ended)
	})
	return l
}

// An eventLoop is somebody else's: a goroutine that calls what is posted.
type eventLoop struct {
	mu    sync.Mutex
	posts []func()
	wake  chan struct{} // closed at the end
}

func (e *eventLoop) post(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.posts = append(e.posts, fn)
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *eventLoop) run() {
	for range e.wake {
		e.mu.Lock()
		posts := e.posts
		e.posts = nil
		e.mu.Unlock()
		for _, fn := range posts {
			fn()
		}
	}
}

func newAdapted(t testing.TB, opts ...loop.Option) *loop.Loop {
	t.Helper()
	e := &eventLoop{wake: make(chan struct{}, 1)}
	go e.run()
	l := loop.Adapt(e.post, append(opts[:len(opts):len(opts)], loop.WithCoroutines())...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
		close(e.wake)
	})
	return l
}

// everywhere runs a test in a bubble with each executor.
func everywhere(t *testing.T, test func(t *testing.T, newLoop maker)) {
	t.Helper()
	for name, m := range makers {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { test(t, m) })
		})
	}
}

// everywhereInRealTime is for tests with Goexit: on a host that belongs to somebody
// else it leaves a goroutine behind, for which a bubble would wait.
func everywhereInRealTime(t *testing.T, test func(t *testing.T, newLoop maker)) {
	t.Helper()
	for name, m := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, m)
		})
	}
}

func TestExecutorsReturnResults(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, ctx := newLoop(t), context.Background()
		got, err := loop.Call(ctx, l, value(7))
		require.Equal(t, result[int]{7, nil}, result[int]{got, err})
		got, err = loop.Async(ctx, l, value(8)).Await(ctx)
		require.Equal(t, result[int]{8, nil}, result[int]{got, err})
		_, err = loop.Call(ctx, l, func(context.Context) (int, error) { return 0, errHandler })
		require.Equal(t, errHandler, err)
		ran := make(chan struct{})
		require.NoError(t, l.Spawn(ctx, func(context.Context) error { close(ran); return nil }))
		<-ran
		requireAddsUp(t, l)
	})
}

// A bang is what the handler of TestExecutorsRaisePanics panics with.
type bang struct{ code int }

func (*bang) Error() string { return "bang" }

func goBang(context.Context) (int, error)                { panic(&bang{42}) }
func callTheExplosion(ctx context.Context, l *loop.Loop) { _, _ = loop.Call(ctx, l, goBang) }

func TestExecutorsRaisePanics(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		raised := caught(func() { callTheExplosion(context.Background(), l) })
		var original *bang
		require.ErrorAs(t, raised.(error), &original)
		require.Equal(t, 42, original.code)
		p := raised.(*loop.PanicError)
		require.Contains(t, string(p.Stack), "loop_test.goBang(")
		require.Contains(t, string(p.CallerStack), "loop_test.callTheExplosion(")
		requireAlive(t, l)
	})
}

func TestExecutorsSurviveGoexit(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l, ctx := newLoop(t), context.Background()
		exit := func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }
		for range 3 {
			require.True(t, exits(func() { _, _ = loop.Call(ctx, l, exit) }))
		}
		f := loop.Async(ctx, l, exit)
		require.True(t, exits(func() { _, _ = f.Await(ctx) }))
		//asyncgen:allow AV009 the loop has to survive it
		require.NoError(t, l.Spawn(ctx, func(context.Context) error { runtime.Goexit(); return nil }))
		requireAlive(t, l)
		require.EqualValues(t, 5, l.Stats().Exited)
	})
}

func TestExecutorsRunSelfCallsInline(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		var down *bridge[int, int]
		down = newBridge(called{Name: "test.Down"}, func(ctx context.Context, n int) (int, error) {
			if n == 0 {
				return 0, nil
			}
			below, err := down.call(ctx, l, n-1)
			return below + 1, err
		})
		got, err := down.call(context.Background(), l, 20)
		require.Equal(t, result[int]{20, nil}, result[int]{got, err})
		down.NonReentrant = true
		_, err = down.call(context.Background(), l, 1)
		requirePassedOn(t, err, loop.ErrReentrant)
		requireAlive(t, l)
	})
}

// A self-call from what a handler awaits is not one: the role is with somebody else.
func TestExecutorsQueueSelfCallsFromAwait(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, value(5)) })
		})
		require.Equal(t, result[int]{5, nil}, result[int]{got, err})
		requireAddsUp(t, l)
		require.EqualValues(t, 2, l.Stats().Returned)
	})
}

func TestExecutorsWithdrawQueuedCalls(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		release := occupy(t, l)
		ctx, cancel := context.WithCancelCause(context.Background())
		var order []int
		calls := make([]<-chan result[int], 5)
		for i := range calls {
			own := []context.Context{context.Background(), ctx}[i%2]
			calls[i] = background(func() (int, error) {
				return loop.Call(own, l, func(context.Context) (int, error) { order = append(order, i); return i, nil })
			})
			synctest.Wait()
		}
		cancel(errHandler)
		for _, i := range []int{1, 3} { // at once, while the loop is busy
			require.ErrorIs(t, requireDidNotRun(t, (<-calls[i]).err, loop.ErrCanceled), errHandler)
		}
		release()
		for _, i := range []int{0, 2, 4} {
			require.Equal(t, result[int]{i, nil}, <-calls[i])
		}
		require.Equal(t, []int{0, 2, 4}, order)
		requireAddsUp(t, l)
	})
}

func TestExecutorsCloseSettlesTheQueue(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		running := background(func() (error, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (error, error) {
				<-ctx.Done()
				time.Sleep(time.Second) // takes its time
				return context.Cause(ctx), nil
			})
		})
		synctest.Wait()
		queued := background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		f := loop.Async(context.Background(), l, value(1))
		synctest.Wait()
		start := time.Now()
		require.NoError(t, l.Close())
		requireDidNotRun(t, (<-queued).err, loop.ErrClosed)
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrClosed)
		require.Zero(t, time.Since(start), "while the handler is running")
		require.Equal(t, result[error]{loop.ErrClosed, nil}, <-running)
		<-l.Done()
		requireAddsUp(t, l)
	})
}

func TestExecutorsDrain(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		ran := 0
		for range 10 {
			require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
				assert.NoError(t, loop.Sleep(ctx, time.Second), "nothing tells it to stop")
				ran++
				return nil
			}))
		}
		require.NoError(t, l.Shutdown(context.Background()))
		require.Equal(t, 10, ran)
		_, err := loop.Call(context.Background(), l, value(1))
		requireDidNotRun(t, err, loop.ErrClosed)
	})
}

func TestExecutorsThousandSleepersTakeOneSecond(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, count, start := newLoop(t), 0, time.Now()
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					count++
					err := loop.Sleep(ctx, time.Second)
					count++
					return 0, err
				})
			})
		}
		all.Wait()
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, 2000, count)
		requireAddsUp(t, l)
	})
}

func TestExecutorsNestAwait(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		nested := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
					err := loop.Sleep(ctx, time.Second)
					return loop.AwaitValue(ctx, func(context.Context) (int, error) { return 9, err })
				})
			})
		})
		synctest.Wait()
		requireAlive(t, l)
		require.Equal(t, result[int]{9, nil}, <-nested)
	})
}

func TestExecutorsTakeTheRoleBackAfterAPanicInAwait(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, busy := newLoop(t), false
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					raised := caught(func() {
						_ = loop.Await(ctx, func(context.Context) error { panic(errHandler) })
					})
					require.False(t, busy)
					busy = true
					yield()
					busy = false
					err, _ := raised.(error)
					return 0, err
				})
				require.ErrorIs(t, err, errHandler)
			})
		}
		all.Wait()
		requireAddsUp(t, l)
	})
}

func TestExecutorsTakeTheRoleBackAfterAGoexitInAwait(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l, unwound := newLoop(t), 0
		for range 5 {
			require.True(t, exits(func() {
				_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					defer func() { unwound++ }() // on the loop
					return loop.AwaitValue(ctx, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
				})
			}))
		}
		got, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { return unwound, nil })
		require.Equal(t, result[int]{5, nil}, result[int]{got, err})
	})
}

func TestExecutorsLetCallersAbandon(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, finished := newLoop(t), make(chan struct{})
		b := newBridge(called{Name: "test.Long", Abandon: true}, func(context.Context, int) (int, error) {
			defer close(finished)
			time.Sleep(time.Minute)
			return 1, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := b.call(ctx, l, 1)
		if t.Name() == "TestExecutorsLetCallersAbandon/inline" { // see WithInline
			require.NoError(t, err)
			require.Equal(t, time.Minute, time.Since(start))
			return
		}
		var e *loop.Error
		require.ErrorAs(t, err, &e)
		require.False(t, e.NotRun())
		require.True(t, errors.Is(err, loop.ErrAbandoned) && errors.Is(err, context.DeadlineExceeded))
		require.Equal(t, time.Second, time.Since(start))
		<-finished
		requireAlive(t, l)
	})
}

// The context of a running handler, used by a handler of another loop that it waits for,
// is not that handler's own: Await must not take the one for the other, least of all
// where handlers are coroutines.
func TestExecutorsAwaitWithTheContextOfAnothersHandler(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		for name, other := range executorOptions() {
			a, b := newLoop(t, opts...), newLoop(t, other...)
			got, err := loop.Call(t.Context(), a, func(outer context.Context) (int, error) {
				return loop.Call(outer, b, func(context.Context) (int, error) {
					return loop.AwaitValue(outer, value(3))
				})
			})
			require.NoError(t, err, name)
			require.Equal(t, 3, got, name)
			requireAlive(t, a, b)
		}
	})
}
