package loop_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func TestNewFutureIsSettledOnce(t *testing.T) {
	t.Parallel()
	f, settle := loop.NewFuture[int]()
	_, err := f.Result()
	require.ErrorIs(t, err, loop.ErrPending)
	settle(1, nil)
	settle(2, errHandler)
	for range 2 {
		got, err := f.Await(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, got)
	}
	<-f.Done()

	f, settle = loop.NewFuture[int]()
	settle(3, errHandler)
	got, err := f.Result()
	require.Same(t, errHandler, err)
	require.Equal(t, 3, got, "as a handler that returns both")
}

// Of many goroutines that settle a future, one does.
func TestNewFutureIsSettledByOne(t *testing.T) {
	t.Parallel()
	f, settle := loop.NewFuture[int]()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() { settle(i, nil) })
		all.Go(func() {
			got, err := f.Await(context.Background())
			again, _ := f.Result()
			if err != nil || got != again {
				t.Errorf("%d, then %d, %v", got, again, err)
			}
		})
	}
	all.Wait()
}

// A handler that awaits a promise lets other handlers run, the one that settles it among them.
func TestNewFutureOfTheOwnLoop(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		f, settle := loop.NewFuture[string]()
		waiting := loop.Async(context.Background(), l, func(ctx context.Context) (string, error) { return f.Await(ctx) })
		require.NoError(t, l.Do(context.Background(), func(context.Context) error { settle("done", nil); return nil }))
		got, err := waiting.Await(context.Background())
		require.NoError(t, err)
		require.Equal(t, "done", got)
	})
}

func TestNewFutureAmongOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		f, settle := loop.NewFuture[int]()
		late := loop.Async(context.Background(), l, func(ctx context.Context) (int, error) { return 2, loop.Sleep(ctx, time.Hour) })
		time.AfterFunc(time.Second, func() { settle(1, nil) })
		got, err := loop.First(context.Background(), late, f)
		require.NoError(t, err)
		require.Equal(t, 1, got)
		all, err := loop.All(context.Background(), f, late)
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, all)
		synctest.Wait()
	})
}

func TestFutureThatNeverSettlesPanics(t *testing.T) {
	t.Parallel()
	good, settle := loop.NewFuture[int]()
	settle(1, nil)
	for name, f := range map[string]*loop.Future[int]{"nil": nil, "zero": new(loop.Future[int])} {
		for method, use := range map[string]func(){
			"Await":  func() { _, _ = f.Await(context.Background()) },
			"Done":   func() { f.Done() },
			"Result": func() { _, _ = f.Result() },
			"All":    func() { _, _ = loop.All(context.Background(), good, f) },
			"First":  func() { _, _ = loop.First(context.Background(), good, f) },
		} {
			text, _ := caught(use).(string)
			require.Contains(t, text, "loop: "+method+" of a "+name+" future", method)
		}
	}
}
