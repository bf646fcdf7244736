package loop_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A handler that waits for a future of its own loop, and keeps the loop, waits for ever. The
// goroutine shows it, so it fails at once; the task runs afterwards.
func TestDeadlockOfAFutureOfTheOwnLoop(t *testing.T) {
	waits := map[string]func(ctx context.Context, f *loop.Future[int]) error{
		"await": func(ctx context.Context, f *loop.Future[int]) error { _, err := f.Await(ctx); return err },
		"all":   func(ctx context.Context, f *loop.Future[int]) error { _, err := loop.All(ctx, f, f); return err },
		"first": func(ctx context.Context, f *loop.Future[int]) error { _, err := loop.First(ctx, f); return err },
	}
	everywhere(t, func(t *testing.T, newLoop maker) {
		for name, wait := range waits {
			l := newLoop(t, loop.WithName("own"))
			var f *loop.Future[int]
			start := time.Now()
			_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) {
				f = loop.Async(context.Background(), l, value(1))
				return 0, wait(context.Background(), f)
			})
			var d *loop.DeadlockError
			require.ErrorAs(t, err, &d, name)
			require.Len(t, d.Hops, 1)
			require.Equal(t, "own", d.Hops[0].Loop)
			require.Equal(t, "own", d.Hops[0].Target)
			require.Contains(t, d.Hops[0].Stack, "deadlock_own_test.go:")
			require.Contains(t, err.Error(), "pass on the handler's context, wait inside loop.Await, or call the handler itself")
			require.Zero(t, time.Since(start))
			got, err := f.Await(context.Background())
			require.NoError(t, err)
			require.Equal(t, 1, got)
		}
	})
}

// With the handler's context, the handler gives up the loop meanwhile.
func TestFutureOfTheOwnLoopWithTheHandlersContext(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		got, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.Async(context.Background(), l, value(1)).Await(ctx)
		})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

// Two handlers that wait for each other by way of a future are a cycle, with and without
// contexts. The future goes on when the wait has failed.
func TestDeadlockThroughAFuture(t *testing.T) {
	for name, link := range map[string]link{"keep": keep, "cut": cut} {
		for executor, opts := range map[string][]loop.Option{"default": nil, "thread": {loop.WithThread()}} {
			t.Run(executor+"/"+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					a, b := newLoop(t, opts...), newLoop(t, opts...)
					var f *loop.Future[int]
					_, err := loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
						f = loop.Async(link(ctx), b, func(ctx context.Context) (int, error) { return loop.Call(link(ctx), a, value(1)) })
						synctest.Wait()
						return f.Await(context.Background())
					})
					// Of the two waits, one fails, whichever closes the cycle.
					_, inner := f.Await(context.Background())
					var d *loop.DeadlockError
					require.ErrorAs(t, errors.Join(err, inner), &d)
					require.Len(t, d.Hops, 2)
					requireAlive(t, a, b)
				})
			})
		}
	}
}

// A slow future is no deadlock, however it is waited for.
func TestDeadlockIsNotASlowFuture(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		a, b := newLoop(t), newLoop(t)
		got, err := loop.Call(context.Background(), a, func(context.Context) (int, error) {
			slow := loop.Async(context.Background(), b, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
			return slow.Await(context.Background())
		})
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

// pulls are ways to take one element of a sequence that waits for the loop.
var pulls = map[string]func(ctx context.Context, l *loop.Loop) (int, error){
	"call": func(ctx context.Context, l *loop.Loop) (int, error) {
		var failed error
		next, stop := iter.Pull(func(yield func(int) bool) {
			got, err := loop.Call(ctx, l, value(1))
			failed = err
			yield(got)
		})
		defer stop()
		got, _ := next()
		return got, failed
	},
	"stream": func(ctx context.Context, l *loop.Loop) (got int, err error) {
		defer func() {
			if v := recover(); v != nil { // a sequence without errors has no other way
				err = v.(error)
			}
		}()
		next, stop := iter.Pull(stream(ctx, l, 1, count(3)))
		defer stop()
		got, _ = next()
		return got, nil
	},
	"pulled from a pulled one": func(ctx context.Context, l *loop.Loop) (int, error) {
		var failed error
		next, stop := iter.Pull2(func(yield func(int, error) bool) {
			inner, end := iter.Pull(func(yield func(int) bool) {
				got, err := loop.Call(ctx, l, value(1))
				failed = err
				yield(got)
			})
			defer end()
			got, _ := inner()
			yield(got, nil)
		})
		defer stop()
		got, _, _ := next()
		return got, failed
	},
}

// A coroutine of iter.Pull is another goroutine than the handler that waits for it.
func TestDeadlockInAPulledSequence(t *testing.T) {
	for name, pull := range pulls {
		for cutting, link := range map[string]link{"keep": keep, "cut": cut} {
			t.Run(name+"/"+cutting, func(t *testing.T) {
				everywhere(t, func(t *testing.T, newLoop maker) {
					l := newLoop(t, loop.WithName("own"))
					start := time.Now()
					_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return pull(link(ctx), l) })
					var d *loop.DeadlockError
					require.ErrorAs(t, err, &d)
					require.Len(t, d.Hops, 1)
					require.Equal(t, "own", d.Hops[0].Loop)
					require.LessOrEqual(t, time.Since(start), 2*time.Second)
					requireAlive(t, l)
				})
			})
		}
	}
}

// In Await, the handler does not hold the loop, and the sequence runs.
func TestPulledSequenceInAwait(t *testing.T) {
	for name, pull := range pulls {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, newLoop maker) {
				l := newLoop(t)
				_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) { return pull(ctx, l) })
				})
				require.NoError(t, err)
			})
		})
	}
}

// A sequence that somebody else pulls waits for a slow handler, as every call does, also if
// it was made by that handler, and if the handler pulls from another one meanwhile.
func TestDeadlockIsNotASequencePulledElsewhere(t *testing.T) {
	// A coroutine that was made on a locked thread may not be pulled by another goroutine.
	for name, opts := range map[string][]loop.Option{"default": nil, "inline": {loop.WithInline()}} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { pulledElsewhere(t, newLoop(t, opts...)) }) })
	}
}

func pulledElsewhere(t *testing.T, l *loop.Loop) {
	var elsewhere <-chan result[int]
	_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
		var failed error
		next, stop := iter.Pull(func(yield func(int) bool) {
			got, err := loop.Call(ctx, l, value(7))
			failed = err
			yield(got)
		})
		elsewhere = background(func() (int, error) {
			defer stop()
			got, _ := next()
			return got, failed
		})
		other, end := iter.Pull(func(yield func(int) bool) {
			time.Sleep(time.Hour)
			yield(1)
		})
		defer end()
		other()
		return 0, nil
	})
	require.NoError(t, err)
	require.Equal(t, result[int]{7, nil}, <-elsewhere)
}
