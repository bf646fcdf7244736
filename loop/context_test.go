package loop_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

type contextKey struct{}

func TestContextCarriesValuesAndDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), contextKey{}, "mine"), time.Minute)
		defer cancel()
		want, _ := ctx.Deadline()
		_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) {
			require.Equal(t, "mine", ctx.Value(contextKey{}))
			got, ok := ctx.Deadline()
			require.True(t, ok)
			require.Equal(t, want, got)
			require.NoError(t, ctx.Err())
			<-ctx.Done()
			require.Equal(t, "mine", ctx.Value(contextKey{}), "also when Done has been asked for")
			require.Equal(t, context.DeadlineExceeded, ctx.Err())
			return 0, nil
		})
		require.NoError(t, err)
	})
}

func TestContextCarriesTheCause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		ctx, cancel := context.WithCancelCause(context.Background())
		call := background(func() (error, error) {
			return loop.Call(ctx, l, func(ctx context.Context) (error, error) { <-ctx.Done(); return context.Cause(ctx), nil })
		})
		synctest.Wait()
		cancel(errHandler)
		require.Equal(t, result[error]{errHandler, nil}, <-call)
	})
}

// Whatever the caller's context can do, the handler's ends with the loop.
func TestContextEndsWithTheLoop(t *testing.T) {
	cancelable := func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }
	for name, parent := range map[string]func() (context.Context, context.CancelFunc){
		"background": func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
		"cancelable": cancelable,
		"value": func() (context.Context, context.CancelFunc) {
			ctx, cancel := cancelable()
			return context.WithValue(ctx, contextKey{}, 1), cancel
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLoop(t)
				ctx, cancel := parent()
				defer cancel()
				call := background(func() (error, error) {
					return loop.Call(ctx, l, func(ctx context.Context) (error, error) {
						derived, stop := context.WithTimeout(ctx, time.Hour)
						defer stop()
						<-derived.Done()
						return context.Cause(derived), ctx.Err()
					})
				})
				synctest.Wait()
				require.NoError(t, l.Close())
				require.Equal(t, result[error]{loop.ErrClosed, context.Canceled}, <-call)
			})
		})
	}
}

func TestContextOfSpawnedHandlerHasValuesOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), contextKey{}, "mine"), time.Minute)
		defer cancel()
		release := occupy(t, l)
		cause := make(chan error, 1)
		require.NoError(t, l.Spawn(ctx, func(ctx context.Context) error {
			assert.Equal(t, "mine", ctx.Value(contextKey{}))
			_, ok := ctx.Deadline()
			assert.False(t, ok)
			assert.NoError(t, ctx.Err())
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return nil
		}))
		cancel()
		release()
		synctest.Wait()
		require.Empty(t, cause)
		require.NoError(t, l.Close())
		require.Equal(t, loop.ErrClosed, <-cause)
	})
}

// A context that a handler keeps is not changed by later calls that reuse its task.
func TestContextOutlivesItsHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var kept []context.Context
		var cancels []context.CancelFunc
		for i := range 20 {
			ctx, cancel := context.WithCancel(context.WithValue(context.Background(), contextKey{}, i))
			defer cancel()
			cancels = append(cancels, cancel)
			_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { kept = append(kept, ctx); return 0, nil })
			require.NoError(t, err)
		}
		for i, ctx := range kept {
			require.Equal(t, i, ctx.Value(contextKey{}))
			require.NoError(t, ctx.Err())
			cancels[i]()
			<-ctx.Done()
			require.Equal(t, context.Canceled, ctx.Err())
		}
	})
}

func TestContextDerivedStartsNoGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, stop := context.WithCancel(context.Background())
		defer stop()
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			before := runtime.NumGoroutine()
			for range 50 {
				_, cancel := context.WithCancel(ctx)
				defer cancel()
			}
			// Other tests have goroutines too; fifty would be ours.
			require.Less(t, runtime.NumGoroutine(), before+40)
			return 0, nil
		})
		require.NoError(t, err)
	})
}

func TestContextAsksAtTheSameTime(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for range 100 {
		parent, cancel := context.WithCancel(context.Background())
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			var all sync.WaitGroup
			seen := make([]<-chan struct{}, 4)
			for i := range seen {
				all.Go(func() { seen[i] = ctx.Done() })
			}
			all.Wait()
			for _, done := range seen {
				require.Equal(t, seen[0], done)
			}
			return 0, nil
		})
		require.NoError(t, err)
		cancel()
	}
}

// A longLived is a parent that counts who is registered with it. Package context
// uses its AfterFunc, because it does not know its Done channel.
type longLived struct {
	context.Context
	done       chan struct{}
	registered atomic.Int64
}

func (p *longLived) Done() <-chan struct{} { return p.done }

func (p *longLived) AfterFunc(func()) (stop func() bool) {
	p.registered.Add(1)
	return sync.OnceValue(func() bool { p.registered.Add(-1); return true })
}

// A view makes a context that is new to the loop out of a long-lived one.
type view struct{ *longLived }

// Not parallel: it waits for the garbage collector.
func TestContextLeavesNothingAtALongLivedParent(t *testing.T) {
	l := newLoop(t)
	parent := &longLived{Context: context.Background(), done: make(chan struct{})}
	for range 2000 {
		_, err := loop.Call(&view{parent}, l, func(ctx context.Context) (int, error) { _ = ctx.Done(); return 0, nil })
		require.NoError(t, err)
	}
	require.Positive(t, parent.registered.Load())
	deadline := time.Now().Add(10 * time.Second)
	for parent.registered.Load() > 10 && time.Now().Before(deadline) {
		runtime.GC()
		yield()
	}
	require.LessOrEqual(t, parent.registered.Load(), int64(10))
}

func TestContextPrintsTheLoop(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithName("vm"))
	_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
		require.Contains(t, ctx.(interface{ String() string }).String(), "vm")
		return 0, nil
	})
	require.NoError(t, err)
}

func TestContextCauseOfTheLoopNeedsNoDone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithCancel(context.Background())
		defer cancel()
		cause, err := loop.Call(parent, l, func(ctx context.Context) (error, error) {
			_ = l.Close()
			return context.Cause(ctx), nil
		})
		require.NoError(t, err)
		require.Equal(t, loop.ErrClosed, cause)
	})
}

// The garbage collector must not end what nobody has ended. Not parallel: it
// collects.
func TestContextDoneStaysOpenWhenItsContextIsCollected(t *testing.T) {
	l := newLoop(t)
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	other, stop := context.WithCancel(context.Background())
	defer stop()
	var done <-chan struct{}
	_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) { done = ctx.Done(); return 0, nil })
	require.NoError(t, err)
	for range 20 {
		_, _ = loop.Call(other, l, value(1)) // the pooled task gets another context
		runtime.GC()
		yield()
	}
	select {
	case <-done:
		t.Fatal("neither the parent nor the loop has ended")
	default:
	}
}

// Package context: "after Err returns a non-nil error, successive calls return the
// same error".
func TestContextErrDoesNotChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			_ = l.Close()
			first := ctx.Err()
			time.Sleep(2 * time.Second)
			require.Equal(t, first, ctx.Err())
			return 0, nil
		})
		require.NoError(t, err)
	})
}

// Err and Done look in different places, and must not tell different things.
func TestContextErrStaysWhenDoneIsAskedFor(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for range 100 {
		parent, cancel := context.WithCancel(context.Background())
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			cancel()
			require.Error(t, ctx.Err())
			_ = ctx.Done()
			require.Error(t, ctx.Err())
			return 0, nil
		})
		require.NoError(t, err)
	}
}

func TestContextCauseIsOfTheFirstEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		parent, cancel := context.WithCancelCause(context.Background())
		_, err := loop.Call(parent, l, func(ctx context.Context) (int, error) {
			_ = l.Close()
			<-ctx.Done()
			require.Equal(t, loop.ErrClosed, context.Cause(ctx))
			cancel(errHandler)
			require.Equal(t, loop.ErrClosed, context.Cause(ctx))
			return 0, nil
		})
		require.NoError(t, err)
	})
}
