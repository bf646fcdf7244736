package loop_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

func (b *bridge[In, Out]) inPlace(l *loop.Loop, in In) (Out, error) {
	return b.InPlace(context.Background(), l, request[In, Out]{in, b.Run})
}

// ways are the loops whose handlers run in goroutines of different kinds.
var ways = map[string][]loop.Option{
	"goroutine": nil, "thread": {loop.WithThread()}, "inline": {loop.WithInline()},
}

// A handler that is bridged in place calls itself without a context, directly and
// through another loop's handler in the same goroutine.
func TestInPlaceRecursion(t *testing.T) {
	t.Parallel()
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLoop(t, opts...)
			var factorial *bridge[int, int]
			factorial = newBridge(called{Name: "test.factorial"}, func(_ context.Context, n int) (int, error) {
				if n == 0 {
					return 1, nil
				}
				rest, err := factorial.inPlace(l, n-1)
				return n * rest, err
			})
			got, err := factorial.inPlace(l, 6)
			require.NoError(t, err)
			require.Equal(t, 720, got)
			require.EqualValues(t, 7, l.Stats().Returned)
		})
	}
}

// Whoever is not executing a handler of the loop waits for its turn, even if it was
// started by one.
func TestInPlaceOfAnotherGoroutineWaits(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	var order []string
	note := newBridge(called{Name: "test.note"}, func(_ context.Context, s string) (int, error) {
		order = append(order, s)
		return 0, nil
	})
	done := make(chan error)
	start := newBridge(called{Name: "test.start"}, func(context.Context, int) (int, error) {
		go func() {
			_, err := note.inPlace(l, "goroutine")
			done <- err
		}()
		for l.Stats().Queued == 0 {
			runtime.Gosched()
		}
		return note.inPlace(l, "handler")
	})
	_, err := start.inPlace(l, 0)
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.Equal(t, []string{"handler", "goroutine"}, order)
}

func TestInPlaceThroughAnotherLoop(t *testing.T) {
	t.Parallel()
	outer, inner := newLoop(t, loop.WithInline()), newLoop(t, loop.WithInline())
	leaf := newBridge(called{Name: "test.leaf"}, func(context.Context, int) (int, error) { return 7, nil })
	middle := newBridge(called{Name: "test.middle"}, func(context.Context, int) (int, error) { return leaf.inPlace(outer, 0) })
	root := newBridge(called{Name: "test.root"}, func(context.Context, int) (int, error) { return middle.inPlace(inner, 0) })
	got, err := root.inPlace(outer, 0)
	require.NoError(t, err)
	require.Equal(t, 7, got)
}

func TestInPlaceNonReentrant(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	var b *bridge[int, int]
	b = newBridge(called{Name: "test.Once", NonReentrant: true}, func(_ context.Context, in int) (int, error) { return b.inPlace(l, in) })
	_, err := b.inPlace(l, 1)
	requireDidNotRun(t, err, loop.ErrReentrant)
}

// What a handler panics with arrives as it was, on whatever loop; what a call that it
// made panicked with is its own.
func TestInPlacePanicKeepsItsValue(t *testing.T) {
	t.Parallel()
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, other := newLoop(t, opts...), newLoop(t)
			broken := newBridge(called{Name: "test.broken"}, func(_ context.Context, v any) (int, error) { panic(v) })
			require.Equal(t, errHandler, caught(func() { _, _ = broken.inPlace(l, errHandler) }))
			require.Equal(t, 5, caught(func() { _, _ = broken.inPlace(l, 5) }))
			require.IsType(t, &runtime.PanicNilError{}, caught(func() { _, _ = broken.inPlace(l, nil) }))

			through := newBridge(called{Name: "test.through"}, func(_ context.Context, v any) (int, error) { return broken.inPlace(other, v) })
			require.Equal(t, 5, caught(func() { _, _ = through.inPlace(l, 5) }))
			passed := newBridge(called{Name: "test.passed"}, func(ctx context.Context, v any) (int, error) { return broken.call(ctx, other, v) })
			require.IsType(t, &loop.PanicError{}, caught(func() { _, _ = passed.inPlace(l, 5) }))
			require.True(t, exits(func() {
				gone := newBridge(called{Name: "test.gone"}, func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil })
				_, _ = gone.inPlace(l, 0)
			}))
		})
	}
}

// A call that did not run says so in its error, and where there is none, by a panic.
func TestInPlaceOfAClosedLoop(t *testing.T) {
	t.Parallel()
	l := loop.New()
	require.NoError(t, l.Close())
	b := newBridge(called{Name: "test.late"}, func(context.Context, int) (int, error) { return 1, nil })
	_, err := b.inPlace(l, 0)
	requireDidNotRun(t, err, loop.ErrClosed)
	v := caught(func() { b.InPlaceSame(context.Background(), l, request[int, int]{0, b.Run}) })
	requireDidNotRun(t, v.(error), loop.ErrClosed)
}

// The last words of a program whose handler panicked have both stacks.
func TestInPlaceCrash(t *testing.T) {
	t.Parallel()
	if os.Getenv("LOOP_CRASH") != "" {
		b := newBridge(called{Name: "test.crash"}, func(context.Context, int) (int, error) { return crashing() })
		_, _ = b.inPlace(loop.New(), 0)
		return
	}
	cmd := again(t, "-test.run=^TestInPlaceCrash$")
	cmd.Env = append(os.Environ(), "LOOP_CRASH=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "loop_test.crashing")
	require.Contains(t, string(out), "TestInPlaceCrash(")
	require.Contains(t, string(out), "panic: no way")
}

//go:noinline
func crashing() (int, error) { panic(errors.New("no way")) }

func TestRequireOverlay(t *testing.T) {
	t.Parallel()
	v, _ := caught(func() { loopimpl.RequireOverlay("example.com/bank") }).(string)
	require.Contains(t, v, "example.com/bank")
	require.Contains(t, v, `go build -overlay="$(asyncgen -overlay ./...)" ./...`)
}

// A handler that cannot return an error learns itself that its caller has given up: the program
// was written for that, and not for a panic.
func TestInPlaceSameRunsWhateverHappensToItsCaller(t *testing.T) {
	t.Parallel()
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLoop(t, opts...)
				state := newBridge(called{Name: "test.state"}, func(ctx context.Context, _ int) (error, error) { return ctx.Err(), nil })
				ctx, cancel := context.WithCancel(t.Context())
				call := func() error { return state.InPlaceSame(ctx, l, request[int, error]{0, state.Run}) }
				require.NoError(t, call())
				go func() {
					time.Sleep(time.Second)
					cancel()
				}()
				go func() {
					_, _ = loop.Call(t.Context(), l, func(context.Context) (int, error) { time.Sleep(time.Minute); return 0, nil })
				}()
				synctest.Wait()
				start := time.Now()
				require.ErrorIs(t, call(), context.Canceled, "it ended in the queue")
				require.Equal(t, time.Minute, time.Since(start), "and waited for its turn")
				require.ErrorIs(t, call(), context.Canceled, "it had ended before")
				require.NoError(t, l.Close())
				err, _ := caught(func() { _ = call() }).(error)
				require.Error(t, err)
				require.Regexp(t, `^test\.state \(inplace_test\.go:\d+\) did not run on loop "loop helpers_test\.go:\d+": the loop is closed$`, err.Error())
			})
		})
	}
}

// What a handler calls on its own loop runs, as it does where calls go straight to the handler.
func TestInPlaceInsideIsNotCanceled(t *testing.T) {
	t.Parallel()
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLoop(t, opts...)
			ctx, cancel := context.WithCancel(t.Context())
			inner := newBridge(called{Name: "test.inner"}, func(ctx context.Context, _ int) (error, error) { return ctx.Err(), nil })
			call := func() (error, error) { return inner.InPlace(ctx, l, request[int, error]{0, inner.Run}) }
			outer := newBridge(called{Name: "test.outer"}, func(context.Context, int) (int, error) {
				cancel()
				state, err := call()
				require.ErrorIs(t, state, context.Canceled)
				return 0, err
			})
			_, err := outer.inPlace(l, 0)
			require.NoError(t, err)
			_, err = call()
			require.ErrorIs(t, err, loop.ErrCanceled, "it is not inside")
		})
	}
}
