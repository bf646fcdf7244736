package embedded_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestRollingRestartsFailNoCall(t *testing.T) {
	node := natstest.Start(t)
	roll(t, node.URL(), node.URL())
}

func TestRollingRestartsInACluster(t *testing.T) {
	c := natstest.StartCluster(t)
	roll(t, c.Nodes[0].URL(), c.Nodes[1].URL(), c.Nodes[2].URL())
}

// roll replaces workers under load, each by a new one on a connection of its own, in turns at the servers
// given.
func roll(t *testing.T, callers string, workers ...string) {
	t.Helper()
	price := newPrice()
	start := func(i int) (*remote.Worker, *natsremote.Engine) {
		e := connect(t, workers[i%len(workers)])
		return work(t, e, price, cents, remote.WithName(fmt.Sprint("w", i))), e
	}
	client, ask := remote.NewClient(connect(t, callers)), asker(t, callers)
	old, oldEngine := start(0)
	eventually(t, func() bool { return ask("w0") }, "the callers' server does not know the first worker")

	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := price.Call(t.Context(), client, priceRequest{"ACME"}); err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	for i := range 20 {
		next, engine := start(i + 1)
		before := calls.Load()
		eventually(t, func() bool { return calls.Load() > before+100 }, "there are no calls")
		eventually(t, func() bool { return ask(next.Name()) }, "the callers' server does not know the next worker")
		grace, done := context.WithTimeout(t.Context(), natstest.Patience)
		require.NoError(t, old.Shutdown(grace))
		done()
		require.NoError(t, oldEngine.Close())
		old, oldEngine = next, engine
	}
	cancel()
	all.Wait()
	t.Logf("%d calls, none failed", calls.Load())
}

// asker returns a function that reports whether a server knows a worker: others of its cluster hear of it a moment
// after it has started.
func asker(t *testing.T, url string) func(worker string) bool {
	t.Helper()
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return func(worker string) bool {
		answers, err := nc.SubscribeSync(nc.NewRespInbox())
		require.NoError(t, err)
		defer func() { require.NoError(t, answers.Unsubscribe()) }()
		require.NoError(t, nc.PublishRequest("ag.v.example_com/shop/Quotes", answers.Subject, nil))
		for {
			m, err := answers.NextMsg(100 * time.Millisecond)
			if err != nil {
				return false // there is no answer, or no other
			}
			if strings.Contains(string(m.Data), strconv.Quote(worker)) {
				return true
			}
		}
	}
}

func TestDrainWaitsForHandlers(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		close(running)
		<-release
		return priceReply{9}, nil
	})
	result := make(chan error, 1)
	go func() {
		_, err := s.call(t.Context())
		result <- err
	}()
	<-running
	stopped := make(chan error, 1)
	go func() { stopped <- s.worker.Shutdown(t.Context()) }()
	// Nobody answers new calls, while the old one runs on.
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := s.call(ctx)
		var e *remote.Error
		require.ErrorAs(t, err, &e)
		return e.Fate == remote.FateNotRun && e.Reason == remote.ErrNoWorker
	}, natstest.Patience, 10*time.Millisecond)
	select {
	case err := <-stopped:
		t.Fatalf("Shutdown returned %v before the handler did", err)
	default:
	}
	close(release)
	require.NoError(t, <-result)
	require.NoError(t, <-stopped)
}

func TestDrainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	running := make(chan struct{})
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		close(running)
		<-ctx.Done()
		return priceReply{}, ctx.Err()
	})
	result := make(chan error, 1)
	go func() {
		_, err := s.call(t.Context())
		result <- err
	}()
	<-running
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.worker.Shutdown(ctx), context.DeadlineExceeded)
	require.Error(t, <-result) // the handler's, which saw the end of its context
}

func connect(t *testing.T, url string, opts ...natsremote.Option) *natsremote.Engine {
	t.Helper()
	e, err := natsremote.Connect(url, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}
