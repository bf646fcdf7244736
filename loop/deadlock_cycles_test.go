package loop_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// crews are executors for the loops of a cycle, which are handed out in turn.
var crews = map[string][]loop.Option{
	"default": {loop.WithName("")},
	"inline":  {loop.WithInline()},
	"thread":  {loop.WithThread()},
	"mixed":   {loop.WithInline(), loop.WithThread(), loop.WithName("")},
	"pairs":   {loop.WithInline(), loop.WithInline(), loop.WithName("")},
}

// newRing makes n loops, named "0" to "n-1".
func newRing(t testing.TB, crew []loop.Option, n int) []*loop.Loop {
	t.Helper()
	ring := make([]*loop.Loop, n)
	for i := range ring {
		ring[i] = newLoop(t, crew[i%len(crew)], loop.WithName(strconv.Itoa(i)))
	}
	return ring
}

// hop calls the loops of a ring from i on, each from a handler of the one before, and
// the first from the last. links pass the contexts on.
func hop(ctx context.Context, ring []*loop.Loop, i int, links []link) (int, error) {
	return loop.Call(ctx, ring[i%len(ring)], func(ctx context.Context) (int, error) {
		if i == len(ring) {
			return i, nil
		}
		return hop(links[i%len(links)](ctx), ring, i+1, links)
	})
}

// reenters reports whether a call from a handler of the last loop of a ring finds the first
// loop held by its own goroutine, because all others are inline. Such a call runs in place.
func reenters(ring []*loop.Loop) bool {
	for _, l := range ring[1:] {
		if l.Snapshot(0).Executor != "inline" {
			return false
		}
	}
	return true
}

// A link makes the context of a call in a handler out of the handler's.
type link func(context.Context) context.Context

func keep(ctx context.Context) context.Context { return ctx }
func cut(context.Context) context.Context      { return context.Background() }

// requireAlive checks that the loops run handlers.
func requireAlive(t testing.TB, loops ...*loop.Loop) {
	t.Helper()
	for _, l := range loops {
		got, err := loop.Call(context.Background(), l, value(1))
		require.NoError(t, err)
		require.Equal(t, 1, got)
	}
}

func TestDeadlockOfManyLoopsOfAllExecutors(t *testing.T) {
	for name, crew := range crews {
		for _, n := range []int{2, 3, 5} {
			t.Run(name+"/"+strconv.Itoa(n), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					ring := newRing(t, crew, n)
					start := time.Now()
					_, err := hop(context.Background(), ring, 0, []link{keep})
					if reenters(ring) {
						require.NoError(t, err)
						return
					}
					d := requireDeadlock(t, err, n)
					requirePassedOn(t, err, err)
					require.Zero(t, time.Since(start), "it fails at once")
					require.Equal(t, strconv.Itoa(n-1), d.Hops[0].Loop, "first the one that failed")
					for _, h := range d.Hops {
						require.Equal(t, loop.WaitResult, h.Kind)
						require.Regexp(t, `^deadlock_cycles_test\.go:\d+$`, h.Position)
						require.Contains(t, h.Handler, "loop_test.hop")
						require.Contains(t, h.Stack, "deadlock_cycles_test.go:")
					}
					requireAlive(t, ring...)
				})
			})
		}
	}
}

// Wherever the chain is cut, the cycle is found; handlers that one goroutine runs may
// be one hop then.
func TestDeadlockOfAnyCutIsFoundLater(t *testing.T) {
	for name, crew := range crews {
		for where, links := range map[string][]link{
			"everywhere": {cut}, "first": {cut, keep, keep, keep}, "second": {keep, cut, keep, keep},
			"last": {keep, keep, cut}, "alternating": {cut, keep},
		} {
			t.Run(name+"/"+where, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					ring := newRing(t, crew, 3)
					start := time.Now()
					_, err := hop(context.Background(), ring, 0, links)
					if reenters(ring) {
						require.NoError(t, err)
						return
					}
					var d *loop.DeadlockError
					require.ErrorAs(t, err, &d)
					require.LessOrEqual(t, len(d.Hops), 3)
					require.LessOrEqual(t, time.Since(start), 2*time.Second)
					requireAlive(t, ring...)
				})
			})
		}
	}
}

// A handler that calls its own loop without its context is recognized by its goroutine.
func TestSelfCallWithoutContextRunsInPlace(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ring := newRing(t, crew, 1)
				start := time.Now()
				got, err := hop(context.Background(), ring, 0, []link{cut})
				require.NoError(t, err)
				require.Equal(t, 1, got)
				require.Zero(t, time.Since(start))
				requireAlive(t, ring...)
			})
		})
	}
}

// Handlers that meet close the cycle in the same instant: one call fails, whichever.
func TestDeadlockOfCallsThatMeetFailsExactlyOnce(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 100 {
				for _, n := range []int{2, 3} {
					ring := newRing(t, crew, n)
					require.Equal(t, 1, meet(t, ring))
					for _, l := range ring {
						_ = l.Close()
					}
				}
			}
		})
	}
}

// meet lets a handler of each loop of the ring call the next loop when all have
// started, and returns how many calls failed.
func meet(t *testing.T, ring []*loop.Loop) (failed int) {
	t.Helper()
	var started, done sync.WaitGroup
	started.Add(len(ring))
	errs := make([]error, len(ring))
	for i, l := range ring {
		done.Go(func() {
			_, errs[i] = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				started.Done()
				started.Wait()
				return loop.Call(ctx, ring[(i+1)%len(ring)], value(1))
			})
		})
	}
	done.Wait()
	for _, err := range errs {
		if err != nil {
			requireDeadlock(t, err, len(ring))
			failed++
		}
	}
	return failed
}

// A handler of one shard that comes back to its key by way of another loop waits for
// itself; one that calls another shard does not.
func TestDeadlockThroughASharded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, other := loop.NewSharded(4, loop.WithName("shards")), newLoop(t)
		defer s.Close()
		mine := loop.Shard(s, "key")
		var foreign *loop.Loop
		for _, l := range s.Loops() {
			if l != mine {
				foreign = l
			}
		}
		_, err := hop(context.Background(), []*loop.Loop{mine, other}, 0, []link{keep})
		d := requireDeadlock(t, err, 2)
		require.Equal(t, mine.Name(), d.Hops[0].Target)
		_, err = loop.Call(context.Background(), mine, func(ctx context.Context) (int, error) {
			return loop.Call(ctx, foreign, value(1))
		})
		require.NoError(t, err)
	})
}

// The queue of b is full behind a handler that waits for a, whose handler wants to
// put something into it.
func TestDeadlockThroughAFullQueue(t *testing.T) {
	for name, crew := range crews {
		for how, pass := range map[string]link{"kept": keep, "cut": cut} {
			t.Run(name+"/"+how, func(t *testing.T) {
				bubble(t, func(t *testing.T) { fullQueue(t, crew, pass) })
			})
		}
	}
}

func fullQueue(t *testing.T, crew []loop.Option, pass link) {
	t.Helper()
	a := newLoop(t, crew[0], loop.WithName("a"))
	b := newLoop(t, crew[1%len(crew)], loop.WithName("b"), loop.WithQueueSize(1))
	proceed := make(chan struct{})
	forResult := background(func() (int, error) {
		return loop.Call(context.Background(), b, func(ctx context.Context) (int, error) {
			<-proceed
			return loop.Call(pass(ctx), a, value(1))
		})
	})
	synctest.Wait()
	require.NoError(t, b.Spawn(context.Background(), func(context.Context) error { return nil }), "fills the queue")
	forRoom := background(func() (int, error) {
		return loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
			return 1, b.Spawn(pass(ctx), func(context.Context) error { return nil })
		})
	})
	synctest.Wait()
	start := time.Now()
	close(proceed)
	x, y := <-forRoom, <-forResult
	require.True(t, (x.err == nil) != (y.err == nil), "%v, %v", x.err, y.err)
	d := requireDeadlock(t, errors.Join(x.err, y.err), 2)
	require.ElementsMatch(t, []loop.WaitKind{loop.WaitRoom, loop.WaitResult}, []loop.WaitKind{d.Hops[0].Kind, d.Hops[1].Kind})
	require.LessOrEqual(t, time.Since(start), 2*time.Second)
	requireAlive(t, a, b)
}

// A handler of a drains b, whose handler calls a.
func TestDeadlockThroughADrain(t *testing.T) {
	for name, crew := range crews {
		for how, pass := range map[string]link{"kept": keep, "cut": cut} {
			t.Run(name+"/"+how, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					ring := newRing(t, crew, 2)
					a, b := ring[0], ring[1]
					proceed := make(chan struct{})
					called := background(func() (int, error) {
						return loop.Call(context.Background(), b, func(ctx context.Context) (int, error) {
							<-proceed
							return loop.Call(pass(ctx), a, value(1))
						})
					})
					synctest.Wait() // it has started before the other loop shuts down
					drained := background(func() (int, error) {
						return loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
							return 1, b.Shutdown(pass(ctx))
						})
					})
					synctest.Wait()
					start := time.Now()
					close(proceed)
					x, y := <-called, <-drained
					require.True(t, (x.err == nil) != (y.err == nil), "%v, %v", x.err, y.err)
					requireDeadlock(t, errors.Join(x.err, y.err), 2)
					require.LessOrEqual(t, time.Since(start), 2*time.Second)
					<-b.Done()
					requireAlive(t, a)
				})
			})
		}
	}
}

// A handler whose caller has left is as much in the way as any other.
func TestDeadlockThroughAnAbandonedHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ring, free := newRing(t, crews["default"], 2), make(chan struct{})
		ended := make(chan error, 1)
		b := newBridge(called{Name: "test.Abandoned", Abandon: true}, func(ctx context.Context, _ int) (int, error) {
			<-free
			_, err := hop(context.WithoutCancel(ctx), []*loop.Loop{ring[1], ring[0]}, 0, []link{keep})
			ended <- err
			return 0, err
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := b.call(ctx, ring[0], 0)
		require.ErrorIs(t, err, loop.ErrAbandoned)
		close(free)
		d := requireDeadlock(t, <-ended, 2)
		require.Contains(t, []string{d.Hops[0].Handler, d.Hops[1].Handler}, "test.Abandoned")
		requireAlive(t, ring...)
	})
}
