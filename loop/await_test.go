package loop_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestAwaitThousandSleepersTakeOneSecond(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		start := time.Now()
		visits := 0
		var callers sync.WaitGroup
		for range 1000 {
			callers.Go(func() {
				_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					visits++
					err := loop.Sleep(ctx, time.Second)
					visits++
					return 0, err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, 2000, visits)
		require.Zero(t, l.Stats().Awaiting)
	})
}

func TestAwaitTakesTheRoleBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		back := false
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				err := loop.Sleep(ctx, time.Second)
				back = true
				return 0, err
			})
		})
		synctest.Wait()
		require.Equal(t, 1, l.Stats().Awaiting)
		release := occupy(t, l)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.False(t, back, "another handler has the role")
		release()
		require.NoError(t, (<-call).err)
		require.True(t, back)
	})
}

// Those who come back stand in line with those who come.
func TestAwaitComesBackInLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var order []string
		note := func(s string) func(context.Context) error {
			return func(context.Context) error { order = append(order, s); return nil }
		}
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
			_ = loop.Sleep(ctx, time.Second)
			order = append(order, "back")
			return nil
		}))
		synctest.Wait()
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), note("first")))
		time.Sleep(2 * time.Second)
		require.NoError(t, l.Spawn(context.Background(), note("last")))
		release()
		synctest.Wait()
		require.Equal(t, []string{"first", "back", "last"}, order)
	})
}

func TestAwaitSleepZeroLetsOthersRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var order []string
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			require.NoError(t, l.Spawn(ctx, func(context.Context) error { order = append(order, "other"); return nil }))
			order = append(order, "before")
			err := loop.Sleep(ctx, 0)
			order = append(order, "after")
			return 0, err
		})
		require.NoError(t, err)
		require.Equal(t, []string{"before", "other", "after"}, order)
	})
}

func TestAwaitSleepEndsWithTheContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, errHandler)
		defer cancel()
		start := time.Now()
		_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { return 0, loop.Sleep(ctx, time.Hour) })
		require.Equal(t, errHandler, err)
		require.Equal(t, time.Second, time.Since(start))
	})
}

func TestAwaitOutsideAHandlerJustCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		got, err := loop.AwaitValue(context.Background(), value(1))
		require.NoError(t, err)
		require.Equal(t, 1, got)
		start := time.Now()
		require.NoError(t, loop.Sleep(context.Background(), time.Second))
		require.Equal(t, time.Second, time.Since(start))
	})
}

// A goroutine that a handler has started cannot give away the handler's role.
func TestAwaitInAnotherGoroutineKeepsTheRole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			go func() { _ = loop.Sleep(ctx, time.Hour) }()
			synctest.Wait()
			require.Zero(t, l.Stats().Awaiting)
			require.NoError(t, l.Spawn(ctx, func(context.Context) error { return nil }))
			synctest.Wait()
			require.Equal(t, 1, l.Stats().Queued)
			return 0, nil
		})
		require.NoError(t, err)
		require.NoError(t, l.Close())
	})
}

func TestAwaitPanicAndGoexitKeepTheRole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		holds := func(ctx context.Context) {
			require.NoError(t, l.Spawn(ctx, func(context.Context) error { return nil }))
			synctest.Wait()
			require.Equal(t, 1, l.Stats().Queued, "no other handler runs beside this one")
			require.Zero(t, l.Stats().Awaiting)
		}
		v := caught(func() {
			_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				defer holds(ctx)
				return loop.AwaitValue(ctx, explode)
			})
		})
		require.ErrorIs(t, v.(error), errHandler)
		require.True(t, exits(func() {
			_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				defer holds(ctx)
				return loop.AwaitValue(ctx, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
			})
		}))
		_, err := loop.Call(context.Background(), l, value(1))
		require.NoError(t, err)
	})
}

func TestAwaitNests(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
				err := loop.Sleep(ctx, time.Second)
				require.Equal(t, 1, l.Stats().Awaiting, "the inner one changes nothing")
				return 0, err
			})
		})
		require.NoError(t, err)
	})
}

// The state is plain memory: the race detector sees whether the role goes from
// one to the next with everything written under it.
func TestAwaitHandsMemoryOver(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	state := 0
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 50 {
				_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
					state++
					_ = loop.Sleep(ctx, 0)
					state++
					_ = loop.Await(ctx, func(context.Context) error { yield(); return nil })
					state++
					return 0, nil
				})
			}
		})
	}
	callers.Wait()
	require.Equal(t, 8*50*3, state)
}
