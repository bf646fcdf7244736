package loop_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestOrderFirstInFirstOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		var order []int
		note := func(i int) { order = append(order, i) }
		var want []int
		for i := range 60 {
			want = append(want, i)
			switch i % 3 { // the three ways in share one line
			case 0:
				go func() {
					_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { note(i); return 0, nil })
				}()
			case 1:
				_ = loop.Async(context.Background(), l, func(context.Context) (int, error) { note(i); return 0, nil })
			case 2:
				require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { note(i); return nil }))
			}
			synctest.Wait()
		}
		release()
		synctest.Wait()
		require.Equal(t, want, order)
	})
}

func TestOrderWaitersForRoomKeepTheirs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithQueueSize(2))
		release := occupy(t, l)
		var order, want []int
		for i := range 20 {
			want = append(want, i)
			go func() {
				_ = l.Spawn(context.Background(), func(context.Context) error { order = append(order, i); return nil })
			}()
			synctest.Wait()
		}
		require.Equal(t, 18, l.Stats().Waiting)
		release()
		synctest.Wait()
		require.Equal(t, want, order)
	})
}

// Handlers of one loop share plain memory, and so do a caller before its call, its
// handler, and the caller after: the race detector watches.
func TestOrderHandlersNeverOverlap(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	total, inside := 0, false
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			mine := 0
			for i := range 200 {
				mine++
				_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) {
					if inside {
						t.Error("two handlers at the same time")
					}
					inside = true
					total++
					if i%16 == 0 {
						yield()
					}
					mine++
					inside = false
					return 0, nil
				})
				if err != nil {
					t.Error(err)
				}
				mine++
			}
			if mine != 600 {
				t.Errorf("the caller sees %d", mine)
			}
		})
	}
	callers.Wait()
	require.Equal(t, 16*200, total)
	requireAddsUp(t, l)
}

func TestOrderPerCallerAcrossModes(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithQueueSize(4))
	seen := make([]int, 8) // the last number of each caller; touched on the loop only
	var callers sync.WaitGroup
	for id := range seen {
		callers.Go(func() {
			for i := 1; i <= 150; i++ {
				step := func(context.Context) (int, error) {
					if seen[id] != i-1 {
						t.Errorf("caller %d: %d after %d", id, i, seen[id])
					}
					seen[id] = i
					return 0, nil
				}
				switch i % 3 {
				case 0:
					_, _ = loop.Call(context.Background(), l, step)
				case 1:
					_ = loop.Async(context.Background(), l, step)
				case 2:
					_ = l.Spawn(context.Background(), func(ctx context.Context) error { _, _ = step(ctx); return nil })
				}
			}
		})
	}
	callers.Wait()
	require.NoError(t, l.Shutdown(context.Background()))
	for _, last := range seen {
		require.Equal(t, 150, last)
	}
}
