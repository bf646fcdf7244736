package remotetest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

type request struct {
	Key string `json:"key"`
	N   int    `json:"n"`
}

// serve starts a worker for m.
func serve(t *testing.T, e *remotetest.Engine, m *remoteimpl.Method[request, struct{}], run func(ctx context.Context, in request) error) (*remote.Worker, *loop.Loop) {
	t.Helper()
	l := loop.New()
	w := remote.NewWorker(e)
	handler := func(ctx context.Context, in request) (struct{}, error) { return struct{}{}, run(ctx, in) }
	require.NoError(t, remoteimpl.Register(w, m.On(func(request) *loop.Loop { return l }, handler, handler)))
	require.NoError(t, w.Start(t.Context()))
	return w, l
}

func TestSerialCallsOfAKeyDoNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := remotetest.New()
		m := &remoteimpl.Method[request, struct{}]{Service: "s", Name: "M", Serial: true, Key: func(in request) string { return in.Key }}
		var mu sync.Mutex
		running, most, fences := map[string]int{}, 0, map[string]uint64{}
		handle := func(ctx context.Context, in request) error {
			d, _ := remote.DeliveryOf(ctx)
			mu.Lock()
			running[in.Key]++
			require.Equal(t, 1, running[in.Key])
			require.Greater(t, d.Fence, fences[in.Key])
			fences[in.Key] = d.Fence
			most = max(most, len(running))
			mu.Unlock()
			err := loop.Sleep(ctx, time.Second)
			mu.Lock()
			defer mu.Unlock()
			delete(running, in.Key)
			return err
		}
		for range 2 {
			w, l := serve(t, e, m, handle)
			defer func() { require.NoError(t, w.Close()); require.NoError(t, l.Close()); <-l.Done() }()
		}
		client := remote.NewClient(e)
		began := time.Now()
		var group sync.WaitGroup
		for i := range 12 {
			group.Go(func() {
				_, err := m.Call(t.Context(), client, request{Key: fmt.Sprint(i % 3)})
				require.NoError(t, err)
			})
		}
		group.Wait()
		require.Equal(t, 4*time.Second, time.Since(began))
		require.Equal(t, 3, most)
		require.NoError(t, e.Close())
	})
}

func TestDurableWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := remotetest.New()
		m := &remoteimpl.Method[request, struct{}]{Service: "s", Name: "M", Durable: true}
		client := remote.NewClient(e)
		require.NoError(t, m.Store(remote.WithID(t.Context(), "a"), client, request{N: 1}), "nobody has to be there")
		require.NoError(t, m.Store(remote.WithID(t.Context(), "a"), client, request{N: 2}), "it is the same work")
		require.NoError(t, m.Store(t.Context(), client, request{N: 5}))

		attempts := map[int][]int{}
		w, l := serve(t, e, m, func(ctx context.Context, in request) error {
			d, _ := remote.DeliveryOf(ctx)
			require.True(t, d.Durable)
			require.NotEmpty(t, d.ID)
			attempts[in.N] = append(attempts[in.N], d.Attempt)
			if in.N == 5 {
				return errors.New("never")
			}
			if d.Attempt < 3 {
				panic("not yet")
			}
			return nil
		})
		e.Wait()
		require.Equal(t, map[int][]int{1: {1, 2, 3}, 5: {1, 2, 3, 4, 5}}, attempts)
		require.Len(t, e.DeadLetters(), 1)
		letter := e.DeadLetters()[0]
		require.Equal(t, []any{"s", "M", engine.StatusFailed, "never", 5, w.Name()},
			[]any{letter.Call.Service, letter.Call.Method, letter.Reason, letter.Message, letter.Attempts, letter.Worker})
		require.JSONEq(t, `{"key":"","n":5}`, string(letter.Call.Body))
		require.Equal(t, time.Now(), letter.Time, "in a bubble")
		require.NoError(t, w.Shutdown(t.Context()))
		require.NoError(t, l.Close())
		<-l.Done()
		require.NoError(t, e.Close())
	})
}

func TestDurableWorkThatNobodyDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := remotetest.New()
		m := &remoteimpl.Method[request, struct{}]{Service: "s", Name: "M", Durable: true}
		require.NoError(t, m.Store(t.Context(), remote.NewClient(e), request{}))
		time.Sleep(time.Hour)
		require.NoError(t, e.Close())
	})
}
