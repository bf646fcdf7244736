package loop_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestShardedEqualKeysShareALoop(t *testing.T) {
	t.Parallel()
	s := loop.NewSharded(4, loop.WithName("books"))
	defer s.Close()
	used := map[*loop.Loop]int{}
	for i := range 400 {
		l := loop.Shard(s, strconv.Itoa(i))
		require.Same(t, l, loop.Shard(s, strconv.Itoa(i)))
		require.Contains(t, s.Loops(), l)
		used[l]++
	}
	for _, n := range used {
		require.Greater(t, n, 40, "the keys are spread: %v", used)
	}
	require.Len(t, used, 4)
	require.Equal(t, "books/0", s.Loops()[0].Name())
	require.Equal(t, "books/3", s.Loops()[3].Name())
}

func TestShardedNamesItself(t *testing.T) {
	t.Parallel()
	s := loop.NewSharded(1)
	defer s.Close()
	require.Regexp(t, `^loop sharded_test\.go:\d+/0$`, s.Loops()[0].Name())
}

func TestShardedOrderPerKeyAndParallelAcross(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(2)
		t.Cleanup(func() { _ = s.Close() })
		busy, idle := s.Loops()[0], s.Loops()[1]
		release := occupy(t, busy)
		var order []int
		for i := range 10 {
			require.NoError(t, busy.Spawn(context.Background(), func(context.Context) error { order = append(order, i); return nil }))
		}
		got, err := loop.Call(context.Background(), idle, value(1))
		require.NoError(t, err, "the other shard is not in the way")
		require.Equal(t, 1, got)
		require.Empty(t, order)
		release()
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order)
	})
}

func TestShardedOptionsHoldForEach(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(2, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
		t.Cleanup(func() { _ = s.Close() })
		for _, l := range s.Loops() {
			occupy(t, l)
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
			requireDidNotRun(t, l.Spawn(context.Background(), func(context.Context) error { return nil }), loop.ErrFull)
		}
	})
}

func TestShardedShutdownDrainsSideBySide(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(3)
		for _, l := range s.Loops() {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { time.Sleep(time.Minute); return nil }))
		}
		start := time.Now()
		require.NoError(t, s.Shutdown(context.Background()))
		require.Equal(t, time.Minute, time.Since(start))
		for _, l := range s.Loops() {
			<-l.Done()
		}
		require.NoError(t, s.Close())
	})
}

func TestShardedShutdownOutOfTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(2)
		for _, l := range s.Loops() {
			require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error { <-ctx.Done(); return nil }))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.Shutdown(ctx), context.DeadlineExceeded)
		for _, l := range s.Loops() {
			<-l.Done()
		}
	})
}

func TestShardedNonsense(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { loop.NewSharded(0) })
	require.Nil(t, loop.Shard[int](nil, 1), "a nil loop refuses calls with ErrNoLoop")
}

// As the methods of a nil loop do, those of a nil Sharded do nothing.
func TestShardedNil(t *testing.T) {
	var s *loop.Sharded
	require.NoError(t, s.Close())
	require.NoError(t, s.Shutdown(context.Background()))
	require.Empty(t, s.Loops())
}
