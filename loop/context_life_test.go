package loop_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// collectUntil runs the garbage collector until done is true.
func collectUntil(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		require.True(t, time.Now().Before(deadline), "the garbage collector changes nothing")
		runtime.GC()
		yield()
	}
}

// The goroutine has the Done channel and nothing else, as in
//
//	go func() { <-ctx.Done(); conn.Close() }()
func TestContextWakesWhoWaitsForDoneAlone(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for name, wait := range map[string]func(ctx context.Context, end func()){
			"channel of the call": func(ctx context.Context, end func()) {
				done := ctx.Done()
				go func() { <-done; end() }()
			},
			"channel of later": func(ctx context.Context, end func()) { go func() { <-ctx.Done(); end() }() },
			"derived": func(ctx context.Context, end func()) {
				derived, cancel := context.WithTimeout(ctx, time.Hour)
				go func() { <-derived.Done(); cancel(); end() }()
			},
			"function": func(ctx context.Context, end func()) { context.AfterFunc(ctx, end) },
		} {
			ctx, cancel := context.WithCancel(context.Background())
			near, far := net.Pipe()
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				wait(ctx, func() { _ = far.Close() })
				return 0, nil
			})
			require.NoError(t, err)
			for range 3 { // life goes on
				other, end := context.WithCancel(context.Background())
				_, err := loop.Call(other, l, value(1))
				require.NoError(t, err)
				end()
				runtime.GC()
			}
			require.NoError(t, near.SetReadDeadline(time.Now().Add(30*time.Second)))
			cancel()
			_, err = near.Read(make([]byte, 1))
			require.EqualError(t, err, "EOF", name)
		}
	})
}

func TestContextWakesWhoWaitsForTheEndOfTheLoop(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		cancelable, cancel := context.WithCancel(context.Background())
		defer cancel()
		var woken sync.WaitGroup
		for _, ctx := range []context.Context{context.Background(), cancelable, newOwnDone(), &view{newLongLived()}} {
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				done := ctx.Done()
				woken.Go(func() { <-done })
				return 0, nil
			})
			require.NoError(t, err)
		}
		runtime.GC()
		runtime.GC()
		require.NoError(t, l.Close())
		woken.Wait()
	})
}

// An ownDone is a context with a Done channel of its own, which can only be waited for.
type ownDone struct {
	context.Context
	done chan struct{}
}

func newOwnDone() *ownDone { return &ownDone{context.Background(), make(chan struct{})} }

func (c *ownDone) Done() <-chan struct{} { return c.done }

func (c *ownDone) Err() error {
	if isClosed(c.done) {
		return context.Canceled
	}
	return nil
}

func newLongLived() *longLived {
	return &longLived{Context: context.Background(), done: make(chan struct{})}
}

// Not parallel: it counts goroutines.
func TestContextStartsNoGoroutineForEachCall(t *testing.T) {
	for name, m := range makers {
		l, parent := m(t), newOwnDone()
		_, err := loop.Call(parent, l, value(1))
		require.NoError(t, err)
		before := runtime.NumGoroutine()
		for i := range 1000 {
			_, err := loop.Call(context.WithValue(parent, contextKey{}, i), l, func(ctx context.Context) (int, error) {
				_ = ctx.Done()
				return 0, nil
			})
			require.NoError(t, err)
		}
		require.Less(t, runtime.NumGoroutine(), before+40, name)
		close(parent.done)
	}
}

// Where the Done channel was handed out, the goroutine that waits for the caller's ends
// when the garbage collector finds that nobody has it. Not parallel: it counts goroutines.
func TestContextLeavesNoGoroutineBehind(t *testing.T) {
	l := newLoop(t)
	before := runtime.NumGoroutine()
	for range 200 {
		_, err := loop.Call(newOwnDone(), l, func(ctx context.Context) (int, error) { _ = ctx.Done(); return 0, nil })
		require.NoError(t, err)
	}
	collectUntil(t, func() bool { return runtime.NumGoroutine() < before+20 })
}

// Only a Done channel, or what is derived from it, needs a registration.
func TestContextRegistersForDoneOnly(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, parent := newLoop(t), newLongLived()
		ask := func(ctx context.Context) {
			_, _ = ctx.Deadline()
			_, _ = ctx.Err(), context.Cause(ctx)
			_, _ = ctx.Value(contextKey{}), loop.Current(ctx)
		}
		for range 10 {
			_, err := loop.Call(&view{parent}, l, func(ctx context.Context) (int, error) {
				ask(ctx)
				_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { ask(ctx); return 0, nil })
				return 0, err
			})
			require.NoError(t, err)
		}
		require.Zero(t, parent.registered.Load())
	})
}

// A queued future needs a registration, and a future that has settled does not.
func TestContextOfAFutureIsRegisteredWhileItIsPending(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, parent := newLoop(t), newLongLived()
		release := occupy(t, l)
		var futures []*loop.Future[int]
		for i := range 10 {
			futures = append(futures, loop.Async(&view{parent}, l, value(i)))
		}
		require.EqualValues(t, 1, parent.registered.Load())
		release()
		_, err := loop.All(context.Background(), futures...)
		require.NoError(t, err)
		synctest.Wait()
		require.Zero(t, parent.registered.Load())
	})
}

func TestContextIsNoLongerRegisteredWithAClosedLoop(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, parent := newLoop(t), newLongLived()
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			_, cancel := context.WithCancel(ctx)
			t.Cleanup(cancel)
			return 0, nil
		})
		require.NoError(t, err)
		require.NoError(t, l.Close())
		synctest.Wait()
		require.Zero(t, parent.registered.Load())
	})
}

// A loop that was dropped is collected although a long-lived context was watched for it.
func TestContextLetsADroppedLoopGo(t *testing.T) {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	own := newOwnDone()
	func() {
		l := loop.New(loop.WithName("dropped after its Done channels"))
		for _, ctx := range []context.Context{parent, own} {
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { _ = ctx.Done(); return 0, nil })
			require.NoError(t, err)
		}
	}()
	collectUntil(t, func() bool { return !loop.Registered("dropped after its Done channels") })
}

// A registeredFunc is a context whose AfterFunc has a channel that stop closes.
type registeredFunc struct {
	*ownDone
	stopping func()
}

func (c *registeredFunc) AfterFunc(f func()) (stop func() bool) {
	quit := make(chan struct{})
	go func() {
		select {
		case <-c.done:
			f()
		case <-quit:
		}
	}()
	return func() bool {
		c.stopping()
		close(quit)
		return true
	}
}

// The garbage collector stands outside of the bubble, where closing the channel of a
// registration would end the process. Not parallel: it collects.
func TestContextEndsNoRegistrationFromOutsideItsBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, parent := newLoop(t), &registeredFunc{newOwnDone(), func() {}}
		for range 20 {
			_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) { _ = ctx.Done(); return 0, nil })
			require.NoError(t, err)
			runtime.GC()
			synctest.Wait()
		}
	})
}

// What ends a registration is anybody's code. It may look at the loop.
func TestContextEndsItsRegistrationWithoutTheLoopsMutex(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		parent := &registeredFunc{newOwnDone(), func() { _ = l.Stats() }}
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) { _ = ctx.Done(); return 0, nil })
		require.NoError(t, err)
		require.NoError(t, l.Close())
		<-l.Done()
	})
}

func TestContextDoneIsAlwaysTheSameChannel(t *testing.T) {
	for name, m := range makers {
		l := m(t)
		ctx, cancel := context.WithCancel(context.Background())
		var kept context.Context
		_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
			kept = ctx
			done := ctx.Done()
			runtime.GC()
			require.Equal(t, done, ctx.Done(), name)
			return loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				require.Equal(t, done, ctx.Done(), name)
				return 0, nil
			})
		})
		require.NoError(t, err)
		done := kept.Done()
		for range 3 {
			_, err := loop.Call(context.Background(), l, value(1))
			require.NoError(t, err)
			runtime.GC()
		}
		require.Equal(t, done, kept.Done(), name)
		cancel()
		<-done
		require.Equal(t, done, kept.Done(), name)
	}
}

// Contexts that were derived from a handler's live on after the call.
func TestContextDerivedOutlivesTheCall(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), contextKey{}, "mine"))
		derived := map[string]context.Context{}
		var forever context.Context
		_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
			type own struct{}
			var cancels [3]context.CancelFunc
			derived["values"] = context.WithValue(ctx, own{}, 1)
			derived["cancelable"], cancels[0] = context.WithCancel(ctx)
			derived["timeout"], cancels[1] = context.WithTimeout(ctx, time.Hour)
			derived["foreign"] = foreign{ctx}
			derived["two"], cancels[2] = context.WithCancel(context.WithValue(ctx, own{}, 2))
			for _, cancel := range cancels {
				t.Cleanup(cancel)
			}
			forever = context.WithoutCancel(ctx)
			return 0, nil
		})
		require.NoError(t, err)
		other, stop := context.WithCancel(context.Background())
		_, err = loop.Call(other, l, value(1))
		require.NoError(t, err)
		stop()
		for name, ctx := range derived {
			require.NoError(t, ctx.Err(), name)
		}
		cancel(errHandler)
		for name, ctx := range derived {
			<-ctx.Done()
			require.Equal(t, context.Canceled, ctx.Err(), name)
			require.Equal(t, errHandler, context.Cause(ctx), name)
			require.Equal(t, "mine", ctx.Value(contextKey{}), name)
		}
		require.NoError(t, forever.Err())
		require.Nil(t, forever.Done())
		require.Equal(t, "mine", forever.Value(contextKey{}))
	})
}

// nested calls f through the loops with the context of the innermost handler.
func nested(ctx context.Context, loops []*loop.Loop, f func(ctx context.Context) error) error {
	if len(loops) == 0 {
		return f(ctx)
	}
	_, err := loop.Call(ctx, loops[0], func(ctx context.Context) (int, error) { return 0, nested(ctx, loops[1:], f) })
	return err
}

// oneOfEach returns a loop of each executor.
func oneOfEach(t testing.TB) []*loop.Loop {
	var loops []*loop.Loop
	for _, m := range makers {
		loops = append(loops, m(t))
	}
	return loops
}

func TestContextCauseGoesThroughManyLoops(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		require.NoError(t, nested(ctx, oneOfEach(t), func(ctx context.Context) error {
			cancel(errHandler)
			require.Equal(t, errHandler, context.Cause(ctx), "before Done")
			<-ctx.Done()
			require.Equal(t, errHandler, context.Cause(ctx))
			require.Equal(t, context.Canceled, ctx.Err())
			return nil
		}))
	})
}

// A handler's context ends with every loop that the call has come through.
func TestContextEndsWithEachLoopOfTheNesting(t *testing.T) {
	for closed := range makers {
		t.Run(closed, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				loops := oneOfEach(t)
				outer, end := makers[closed](t), newLoop(t)
				loops = append([]*loop.Loop{outer}, append(loops, end)...)
				var last context.Context
				require.NoError(t, nested(context.Background(), loops, func(ctx context.Context) error {
					done := ctx.Done()
					require.NoError(t, outer.Close())
					require.Equal(t, loop.ErrClosed, context.Cause(ctx))
					<-done
					require.Equal(t, context.Canceled, ctx.Err())
					last = ctx
					return nil
				}))
				require.Equal(t, loop.ErrClosed, context.Cause(last))
			})
		})
	}
}

func TestContextDoesNotEndWithTheLoopOfAnInnerCall(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		outer, inner := newLoop(t), newLoop(t)
		_, err := loop.Call(t.Context(), outer, func(ctx context.Context) (int, error) {
			done := ctx.Done()
			_, err := loop.Call(ctx, inner, func(ctx context.Context) (int, error) {
				require.NoError(t, inner.Close())
				<-ctx.Done()
				return 0, nil
			})
			synctest.Wait()
			require.False(t, isClosed(done))
			require.NoError(t, ctx.Err())
			return 0, err
		})
		require.NoError(t, err)
	})
}

// Also the handler that a handler spawns, on its own loop or another, does not end with
// the caller of the one that spawned it. Calls that it makes end as it does.
func TestContextOfAHandlerSpawnedByAHandler(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		own, other := newLoop(t), newLoop(t)
		for _, target := range []*loop.Loop{other, own} {
			ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), contextKey{}, "mine"), time.Minute)
			ended := make(chan error, 1)
			_, err := loop.Call(ctx, own, func(ctx context.Context) (int, error) {
				_ = ctx.Done()
				return 0, target.Spawn(ctx, func(ctx context.Context) error {
					_, _ = loop.Call(ctx, target, func(ctx context.Context) (int, error) {
						assert.Equal(t, "mine", ctx.Value(contextKey{}))
						_, ok := ctx.Deadline()
						assert.False(t, ok)
						return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
							<-ctx.Done()
							ended <- context.Cause(ctx)
							return 0, nil
						})
					})
					return nil
				})
			})
			require.NoError(t, err)
			cancel()
			synctest.Wait()
			require.Empty(t, ended)
			require.NoError(t, target.Close())
			require.Equal(t, loop.ErrClosed, <-ended)
		}
	})
}

// A loop that closes refuses what is being submitted. The caller's context has not ended,
// so nothing is said to be canceled.
func TestContextOfAFutureThatMeetsClose(t *testing.T) {
	for name, m := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for range 300 {
				l := m(t)
				go l.Close()
				if _, err := loop.Async(ctx, l, value(1)).Await(context.Background()); err != nil {
					requireDidNotRun(t, err, loop.ErrClosed)
					require.NotErrorIs(t, err, loop.ErrCanceled)
				}
				<-l.Done()
			}
		})
	}
}

// The end of the context, the start of the handler and Close meet: the future settles once
// and its error is right.
func TestContextOfAFutureThatMeetsEverything(t *testing.T) {
	for name, m := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 200 {
				l := m(t)
				ctx, cancel := context.WithCancel(context.Background())
				var futures []*loop.Future[int]
				var ran, settled atomic.Int64
				var all sync.WaitGroup
				all.Go(cancel)
				for range 3 {
					futures = append(futures, loop.Async(ctx, l, func(context.Context) (int, error) { ran.Add(1); return 1, nil }))
				}
				all.Go(func() { _ = l.Close() })
				for _, f := range futures {
					switch _, err := f.Await(context.Background()); {
					case err == nil:
						settled.Add(1)
					case !errors.Is(err, loop.ErrCanceled):
						requireDidNotRun(t, err, loop.ErrClosed)
					}
				}
				all.Wait()
				<-l.Done()
				require.Equal(t, ran.Load(), settled.Load())
			}
		})
	}
}

// An asked is a context that counts how often it is looked at, and from how far: by the
// frames between it and who asks.
type asked struct {
	context.Context
	counts        atomic.Bool
	times, frames atomic.Int64
}

func (c *asked) note() {
	if c.counts.Load() {
		c.times.Add(1)
		c.frames.Add(frames())
	}
}

func (c *asked) Deadline() (time.Time, bool) { c.note(); return c.Context.Deadline() }
func (c *asked) Done() <-chan struct{}       { c.note(); return c.Context.Done() }
func (c *asked) Err() error                  { c.note(); return c.Context.Err() }
func (c *asked) Value(key any) any           { c.note(); return c.Context.Value(key) }

// frames returns the number of frames of the calling goroutine.
func frames() int64 {
	var pcs [4096]uintptr
	n := 0
	for {
		got := runtime.Callers(n, pcs[:])
		n += got
		if got < len(pcs) {
			return int64(n)
		}
	}
}

// cost is what the methods of ctx, the context of a handler, cost the caller's context. The
// first look, which registers, is left out. Of several rounds the cheapest counts: the runtime
// looks at contexts too, after a garbage collection for example.
func (c *asked) cost(ctx context.Context) (cost struct{ times, distance int64 }) {
	_ = ctx.Done()
	synctest.Wait() // the caller has looked before it went to sleep
	for round := range 5 {
		if now := c.round(ctx); round == 0 || now.times < cost.times {
			cost = now
		}
	}
	return cost
}

func (c *asked) round(ctx context.Context) (cost struct{ times, distance int64 }) {
	c.times.Store(0)
	c.frames.Store(0)
	c.counts.Store(true)
	defer c.counts.Store(false)
	_ = ctx.Value(contextKey{})
	_ = ctx.Err()
	_, _ = ctx.Deadline()
	_ = ctx.Done()
	_ = context.Cause(ctx)
	cost.times = c.times.Load()
	cost.distance = c.frames.Load() - cost.times*frames()
	return cost
}

// It takes nothing more to look at a context after a thousand calls of the own loop than
// after one.
func TestContextCostsTheSameAtAnyDepth(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for name, plain := range map[string]bool{"foreign": false, "of package context": true} {
			var want struct{ times, distance int64 }
			for _, depth := range []int{1, 10, 1000} {
				request, cancel := context.WithCancel(context.Background())
				caller := &asked{Context: request}
				ctx := context.Context(caller)
				if plain {
					ctx = context.WithValue(caller, foreign{}, 1)
				}
				loops := make([]*loop.Loop, depth)
				for i := range loops {
					loops[i] = l
				}
				require.NoError(t, nested(ctx, loops, func(ctx context.Context) error {
					cost := caller.cost(ctx)
					if depth == 1 {
						want = cost
					}
					require.Equal(t, want, cost, "%s, depth %d", name, depth)
					return nil
				}))
				cancel()
			}
		}
	})
}

func TestContextCostsTheSameThroughAnyNumberOfLoops(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		var want struct{ times, distance int64 }
		for _, depth := range []int{1, 10, 100} {
			request, cancel := context.WithCancel(context.Background())
			caller := &asked{Context: request}
			var loops []*loop.Loop
			for range depth {
				loops = append(loops, newLoop(t))
			}
			require.NoError(t, nested(caller, loops, func(ctx context.Context) error {
				cost := caller.cost(ctx)
				if depth == 1 {
					want = cost
				}
				require.Equal(t, want, cost, "depth %d", depth)
				return nil
			}))
			cancel()
		}
	})
}

// A call of a handler that looks at anything but Done allocates nothing, whatever the type
// of the caller's context; with Done, nothing after the first call as long as somebody has
// the channel.
func TestCostOfALookAtTheContext(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	l := newLoop(t)
	b := &descriptor[lookArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Look"}}
	cancelable, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	for name, ctx := range map[string]context.Context{
		"background": context.Background(), "cancelable": cancelable,
		"values": context.WithValue(cancelable, contextKey{}, 1), "foreign": &foreign{cancelable},
		"own done": newOwnDone(),
	} {
		for _, done := range []bool{false, true} {
			var kept <-chan struct{}
			got := testing.AllocsPerRun(500, func() {
				if _, err := b.Call(ctx, l, lookArgs{done, &kept}); err != nil {
					t.Error(err)
				}
			})
			require.Zero(t, got, "%s, done %v", name, done)
			runtime.KeepAlive(kept)
		}
	}
}

type lookArgs struct {
	done bool
	kept *<-chan struct{}
}

func (in lookArgs) Run(ctx context.Context) (int, error) {
	_ = ctx.Value(contextKey{})
	_, _ = ctx.Deadline()
	if in.done {
		*in.kept = ctx.Done()
	}
	return 0, ctx.Err()
}

func (lookArgs) Handler() any { return lookArgs.Run }
