package loop_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A toolkit is an event loop that checks who calls it: one goroutine, and no other.
type toolkit struct {
	posts chan func()
	me    atomic.Value // what goroutine returns
}

func newToolkit() *toolkit { return &toolkit{posts: make(chan func(), 1000)} }

func (k *toolkit) post(fn func()) { k.posts <- fn }

// run calls what is posted until quit.
func (k *toolkit) run() {
	k.me.Store(goroutine())
	for fn := range k.posts {
		fn()
	}
}

func (k *toolkit) quit() { close(k.posts) }

// own reports whether the calling goroutine is the toolkit's.
func (k *toolkit) own() bool { return k.me.Load() == goroutine() }

// click calls fn as a callback of the toolkit, not through the loop, and waits for its end.
func (k *toolkit) click(fn func()) {
	done := make(chan struct{})
	k.posts <- func() {
		defer close(done)
		fn()
	}
	<-done
}

// hosts are the ways in which a toolkit's loop can be used. Each returns when the host runs.
var hosts = map[string]func(t *testing.T, k *toolkit, opts ...loop.Option) *loop.Loop{
	"adapted": func(t *testing.T, k *toolkit, opts ...loop.Option) *loop.Loop {
		l := loop.Adapt(k.post, opts...)
		ended := make(chan struct{})
		go func() { defer close(ended); k.run() }()
		t.Cleanup(func() { _ = l.Close(); k.quit(); <-ended })
		return l
	},
	"hosted": func(t *testing.T, k *toolkit, opts ...loop.Option) *loop.Loop {
		l, host := loop.NewHosted(k.post, opts...)
		ended := make(chan struct{})
		go func() { defer close(ended); host(k.run) }()
		t.Cleanup(func() { k.quit(); <-ended; <-l.Done() })
		return l
	},
}

func onHosts(t *testing.T, f func(t *testing.T, k *toolkit, l *loop.Loop)) {
	for name, newLoop := range hosts {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k := newToolkit()
				f(t, k, newLoop(t, k, loop.WithName("ui")))
			})
		})
	}
}

// Handlers run on the host's own goroutine, whoever calls them.
func TestHostRunsHandlersItself(t *testing.T) {
	onHosts(t, func(t *testing.T, k *toolkit, l *loop.Loop) {
		for range 100 {
			require.NoError(t, l.Do(context.Background(), func(context.Context) error {
				require.True(t, k.own())
				return nil
			}))
		}
		checked := func() {
			if !k.own() {
				t.Error("on another goroutine")
			}
		}
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { checked(); return nil }))
		l.AfterFunc(time.Second, func(context.Context) { checked() })
		time.Sleep(time.Minute)
		require.EqualValues(t, 102, l.Stats().Returned)
		requireAddsUp(t, l)
	})
}

// The everyday case: a callback of the toolkit calls a bridge.
func TestHostCallbacksAreOnTheLoop(t *testing.T) {
	onHosts(t, func(t *testing.T, k *toolkit, l *loop.Loop) {
		requireAlive(t, l) // the host is known from here on
		b := newBridge(called{Name: "ui.Set"}, func(ctx context.Context, n int) (int, error) {
			require.True(t, k.own())
			return loop.Call(ctx, l, value(n+1)) // a self-call
		})
		k.click(func() {
			got, err := b.call(context.Background(), l, 1)
			require.NoError(t, err)
			require.Equal(t, 2, got)
			require.Same(t, errHandler, l.Do(context.Background(), func(context.Context) error { return errHandler }))
			require.ErrorIs(t, caught(func() { _ = l.Do(context.Background(), func(context.Context) error { panic(errHandler) }) }).(error), errHandler)
			var numbers []int
			for n := range stream(context.Background(), l, 2, count(5)) {
				numbers = append(numbers, n)
			}
			require.Len(t, numbers, 5)
		})
		requireAlive(t, l)
		requireAddsUp(t, l)
	})
}

// What others have submitted is not lost when a callback comes first.
func TestHostCallbackBeforeTheQueue(t *testing.T) {
	onHosts(t, func(t *testing.T, k *toolkit, l *loop.Loop) {
		requireAlive(t, l)
		var order []string
		k.click(func() {
			for range 3 {
				require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { order = append(order, "spawned"); return nil }))
				require.NoError(t, l.Do(context.Background(), func(context.Context) error { order = append(order, "called"); return nil }))
			}
			require.Equal(t, []string{"called", "called", "called"}, order)
		})
		requireAlive(t, l)
		require.Equal(t, []string{"called", "called", "called", "spawned", "spawned", "spawned"}, order)
	})
}

// Callers from everywhere and callbacks never run two handlers at once, and none is lost.
func TestHostCallbacksAndCallers(t *testing.T) {
	for name, newLoop := range hosts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newToolkit()
			l := newLoop(t, k)
			requireAlive(t, l)
			n, inside := 0, atomic.Int32{}
			add := func(context.Context) error {
				if inside.Add(1) != 1 {
					t.Error("two handlers at once")
				}
				n++
				inside.Add(-1)
				return nil
			}
			done := make(chan struct{})
			for range 4 {
				go func() {
					defer func() { done <- struct{}{} }()
					for i := range 500 {
						if i%3 == 0 {
							_ = l.Spawn(context.Background(), add)
							continue
						}
						_ = l.Do(context.Background(), add)
					}
				}()
			}
			for range 500 {
				k.click(func() { _ = l.Do(context.Background(), add) })
			}
			for range 4 {
				<-done
			}
			require.NoError(t, l.Do(context.Background(), func(context.Context) error { require.Equal(t, 2500, n); return nil }))
		})
	}
}

func TestHostHandlerCannotAwait(t *testing.T) {
	onHosts(t, func(t *testing.T, k *toolkit, l *loop.Loop) {
		other := newLoop(t)
		ways := func(ctx context.Context) {
			for name, err := range map[string]error{
				"Await":        loop.Await(ctx, func(context.Context) error { t.Error("called"); return nil }),
				"Sleep":        loop.Sleep(ctx, time.Hour),
				"Future.Await": errOf(loop.Async(ctx, other, value(1)).Await(ctx)),
				"AwaitValue":   errOf(loop.AwaitValue(ctx, value(1))),
			} {
				require.ErrorIs(t, err, loop.ErrCannotAwait, name)
				require.ErrorContains(t, err, "WithCoroutines", name)
			}
		}
		require.NoError(t, l.Do(context.Background(), func(ctx context.Context) error { ways(ctx); return nil }))
		k.click(func() { _ = l.Do(context.Background(), func(ctx context.Context) error { ways(ctx); return nil }) })
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return loop.Call(ctx, other, value(7)) })
		require.NoError(t, err, "a call of another loop keeps this one")
		require.Equal(t, 7, got)
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestHostWithCoroutines(t *testing.T) {
	for name, newLoop := range hosts {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k := newToolkit()
				l := newLoop(t, k, loop.WithCoroutines())
				calls(t, l, nap, nap)
				k.click(func() {
					require.NoError(t, l.Do(context.Background(), func(context.Context) error { return nil }))
					require.ErrorIs(t, l.Do(context.Background(), func(ctx context.Context) error { return loop.Sleep(ctx, time.Second) }), loop.ErrCannotAwait)
				})
				calls(t, l, nap, nap)
			})
		})
	}
}

// A wait of the host's goroutine that cannot end is an error at once.
func TestHostDeadlocks(t *testing.T) {
	onHosts(t, func(t *testing.T, k *toolkit, l *loop.Loop) {
		if pureGo && strings.HasSuffix(t.Name(), "/adapted") {
			t.Skip("a callback has no identity there, unless the host runs inside of NewHosted")
		}
		requireAlive(t, l)
		other := newLoop(t, loop.WithName("other"))
		start := time.Now()
		k.click(func() {
			err := other.Do(context.Background(), func(context.Context) error {
				return l.Do(context.Background(), func(context.Context) error { return nil })
			})
			d := requireDeadlock(t, err, 2)
			require.ElementsMatch(t, []string{"ui", "other"}, []string{d.Hops[0].Loop, d.Hops[1].Loop})
			require.ErrorContains(t, err, "a callback of the host")

			_, err = loop.Async(context.Background(), l, value(1)).Await(context.Background())
			requireDeadlock(t, err, 1)
		})
		require.Zero(t, time.Since(start))
		requireAlive(t, l, other)
	})
}

// The queue is full, and only the host could make room.
func TestHostWaitsForRoomInItsOwnQueue(t *testing.T) {
	for name, newLoop := range hosts {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				if pureGo && name == "adapted" {
					t.Skip("see TestHostDeadlocks")
				}
				k := newToolkit()
				l := newLoop(t, k, loop.WithQueueSize(1))
				requireAlive(t, l)
				k.click(func() {
					require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
					requireDeadlock(t, l.Spawn(context.Background(), func(context.Context) error { return nil }), 1)
				})
				requireAlive(t, l)
			})
		})
	}
}

func TestHostShutdownByACallback(t *testing.T) {
	onHosts(t, func(t *testing.T, k *toolkit, l *loop.Loop) {
		requireAlive(t, l)
		ran := false
		k.click(func() {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { ran = true; return nil }))
			require.NoError(t, l.Shutdown(context.Background()))
			requireDidNotRun(t, l.Do(context.Background(), func(context.Context) error { return nil }), loop.ErrClosed)
		})
		<-l.Done()
		require.True(t, ran)
	})
}

// Calls wait for the host, and nothing is posted before it runs.
func TestHostedCallsWaitForTheHost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := newToolkit()
		l, host := loop.NewHosted(func(fn func()) {
			require.NotNil(t, k.me.Load(), "posted before the host runs")
			k.post(fn)
		})
		early := background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		time.Sleep(time.Hour)
		require.Empty(t, early)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := loop.Call(ctx, l, value(1))
		requireDidNotRun(t, err, loop.ErrCanceled)
		ended := make(chan struct{})
		k.me.Store("running")
		go func() { defer close(ended); host(k.run) }()
		require.Equal(t, result[int]{1, nil}, <-early)
		k.quit()
		<-ended
	})
}

func TestHostedMayBeRequired(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := newToolkit()
		l, host := loop.NewHosted(k.post, loop.WithHostRequired())
		for range 2 {
			_, err := loop.Call(context.Background(), l, value(1))
			requireDidNotRun(t, err, loop.ErrNoHost)
			requireDidNotRun(t, l.Spawn(context.Background(), func(context.Context) error { return nil }), loop.ErrNoHost)
			require.ErrorIs(t, l.Ready(), loop.ErrNoHost)
		}
		running := make(chan struct{})
		ended := make(chan struct{})
		go func() { defer close(ended); host(func() { close(running); k.run() }) }()
		<-running
		requireAlive(t, l)
		require.NoError(t, l.Ready())
		k.quit()
		<-ended
		requireAddsUp(t, l)
	})
}

// The end of the host is the end of the loop: nobody hangs, and nothing is posted.
func TestHostedEndsWithItsHost(t *testing.T) {
	for name, opts := range map[string][]loop.Option{"direct": nil, "coroutines": {loop.WithCoroutines()}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, final, over := newToolkit(), 0, false
				l, host := loop.NewHosted(func(fn func()) {
					require.False(t, over, "posted after the end")
					k.post(fn)
				}, append(opts, loop.WithFinal(func(context.Context) { final++ }))...)
				var queued <-chan result[int]
				host(func() {
					queued = background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
					synctest.Wait()
					over = true
				}) // the toolkit ends without having run what was posted
				requireDidNotRun(t, (<-queued).err, loop.ErrClosed)
				_, err := loop.Call(context.Background(), l, value(1))
				requireDidNotRun(t, err, loop.ErrClosed)
				<-l.Done()
				require.Equal(t, 1, final)
				require.PanicsWithValue(t, "loop: the host of "+l.String()+" has been run before", func() { host(func() {}) })
			})
		})
	}
}

func TestHostedPanics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := newToolkit()
		l, host := loop.NewHosted(k.post)
		require.Same(t, errHandler, caught(func() { host(func() { panic(errHandler) }) }))
		<-l.Done()
		_, err := loop.Call(context.Background(), l, value(1))
		requireDidNotRun(t, err, loop.ErrClosed)
	})
}

// A handler that is in Await when the host ends comes to its end all the same.
func TestHostedEndsWhileAHandlerAwaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := newToolkit()
		l, host := loop.NewHosted(k.post, loop.WithCoroutines())
		ended := make(chan struct{})
		go func() { defer close(ended); host(k.run) }()
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				return 1, loop.Await(context.WithoutCancel(ctx), func(context.Context) error { time.Sleep(time.Hour); return nil })
			})
		})
		synctest.Wait()
		k.quit()
		require.Equal(t, result[int]{1, nil}, <-call)
		<-ended
	})
}

// A host that drops functions is asked again.
func TestHostDropsAFunction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := newToolkit()
		go k.run()
		defer k.quit()
		var posted atomic.Int32
		l := loop.Adapt(func(fn func()) {
			if posted.Add(1) > 3 {
				k.post(fn)
			}
		})
		start := time.Now()
		got, err := loop.Call(context.Background(), l, value(1))
		require.NoError(t, err)
		require.Equal(t, 1, got)
		require.LessOrEqual(t, time.Since(start), 10*time.Second)
		require.NoError(t, l.Shutdown(context.Background()))
	})
}

// A handler that calls Goexit ends the host's goroutine. Nobody hangs.
func TestHostEndsByGoexit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := newToolkit()
		l := loop.Adapt(k.post)
		ended := make(chan struct{})
		go func() { defer close(ended); k.run() }()
		queued := background(func() (int, error) {
			synctest.Wait()
			return loop.Call(context.Background(), l, value(1))
		})
		require.True(t, exits(func() {
			_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		}))
		<-ended
		<-l.Done()
		requireDidNotRun(t, (<-queued).err, loop.ErrClosed)
		k.quit()
	})
}

// A goroutine that comes after the host's, perhaps in the same memory, is another one: its call
// waits for the host.
func TestHostIsNoLaterGoroutine(t *testing.T) {
	t.Parallel()
	for range 100 {
		posts := make(chan func(), 10)
		l := loop.Adapt(func(fn func()) { posts <- fn })
		first := loop.Async(context.Background(), l, value(1))
		done := make(chan struct{})
		go func() { defer close(done); (<-posts)() }()
		<-done
		<-first.Done()
		var all sync.WaitGroup
		ctx, cancel := context.WithCancel(context.Background())
		for range 4 {
			all.Go(func() {
				err := l.Do(ctx, func(context.Context) error { t.Error("ran on the wrong goroutine"); return nil })
				if !errors.Is(err, loop.ErrCanceled) && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		for l.Stats().Queued < 4 {
			runtime.Gosched()
		}
		cancel()
		all.Wait()
		require.NoError(t, l.Close())
	}
}

func TestFramesRunWithinTheirBudget(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, frame := loop.NewFrames(loop.WithName("world"))
		var order []int
		for i := range 10 {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error {
				time.Sleep(time.Millisecond)
				order = append(order, i)
				return nil
			}))
		}
		synctest.Wait()
		require.Empty(t, order)
		require.NoError(t, frame(3*time.Millisecond))
		require.Equal(t, []int{0, 1, 2}, order)
		require.NoError(t, frame(0))
		require.Len(t, order, 4, "at least one")
		require.NoError(t, l.Do(context.Background(), func(context.Context) error { order = append(order, -1); return nil }), "between frames")
		require.Equal(t, -1, order[4])
		require.NoError(t, frame(time.Hour))
		require.Len(t, order, 11)
		require.NoError(t, frame(time.Hour), "nothing to do")
		call := background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		synctest.Wait()
		require.Empty(t, call)
		require.NoError(t, frame(time.Second))
		require.Equal(t, result[int]{1, nil}, <-call)
		require.NoError(t, l.Do(context.Background(), func(context.Context) error {
			require.ErrorContains(t, frame(time.Second), "its own loop")
			return nil
		}))
		require.NoError(t, l.Close())
		require.ErrorIs(t, frame(time.Second), loop.ErrClosed)
	})
}

func TestFramesEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		final := false
		l, frame := loop.NewFrames(loop.WithFinal(func(context.Context) { final = true }))
		require.NoError(t, frame(time.Second))
		down := background(func() (int, error) { return 0, l.Shutdown(context.Background()) })
		synctest.Wait()
		require.ErrorIs(t, frame(time.Second), loop.ErrClosed)
		require.True(t, final)
		require.NoError(t, (<-down).err)
	})
}

func TestHostOptionsThatDoNotApply(t *testing.T) {
	t.Parallel()
	post := func(f func()) { f() }
	for want, f := range map[string]func(){
		"loop: WithCoroutines is for Adapt and NewHosted": func() { loop.New(loop.WithCoroutines()) },
		"loop: WithHostRequired is for NewHosted":         func() { loop.Adapt(post, loop.WithHostRequired()) },
		"loop: NewHosted needs a function that posts":     func() { loop.NewHosted(nil) },
	} {
		require.PanicsWithValue(t, want, f)
	}
	require.Panics(t, func() { loop.NewFrames(loop.WithCoroutines()) })
	require.Panics(t, func() { loop.NewMain(loop.WithHostRequired()) })
	_, host := loop.NewHosted(post)
	require.Panics(t, func() { host(nil) })
}
