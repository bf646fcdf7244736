package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestCallsInProcess(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start()
	require.NoError(t, err)
	var log bytes.Buffer // a handler of slog writes to it under a lock
	warnings := natsremote.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))
	worker, err := s.Connect(warnings)
	require.NoError(t, err)
	caller, err := s.Connect(warnings)
	require.NoError(t, err)
	price := newPrice()
	w := work(t, worker, price, cents)
	out, err := price.Call(t.Context(), remote.NewClient(caller), priceRequest{"ACME"})
	require.NoError(t, err)
	require.Equal(t, int64(4200), out.Cents)
	require.NoError(t, w.Shutdown(t.Context()))
	require.NoError(t, worker.Close())
	require.NoError(t, caller.Close())
	require.NoError(t, caller.Close())
	require.NoError(t, s.Close())
	require.Empty(t, log.String())
}

func TestConnectionsOfTheUser(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	buffers := bare(t, node)
	_, err := natsremote.New(buffers)
	require.ErrorContains(t, err, "nats.ReconnectBufSize(-1)")
	_, err = natsremote.Connect(node.URL(), natsremote.WithNATS(nats.ReconnectBufSize(1<<20)))
	require.ErrorContains(t, err, "nats.ReconnectBufSize(-1)")

	var reported atomic.Int64
	nc, err := nats.Connect(node.URL(), nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { reported.Add(1) }))
	require.NoError(t, err)
	defer nc.Close()
	e, err := natsremote.New(nc, natsremote.WithSubjectPrefix("tenant.one"))
	require.NoError(t, err)
	price := newPrice()
	work(t, e, price, cents)
	_, err = price.Call(t.Context(), remote.NewClient(e), priceRequest{})
	require.NoError(t, err)
	// Those with another prefix are not seen.
	_, err = price.Call(t.Context(), remote.NewClient(attach(t, node)), priceRequest{})
	requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)

	// A slow subscription of the user's is reported to the user too, and counted.
	block := make(chan struct{})
	sub, err := nc.Subscribe("slow", func(*nats.Msg) { <-block })
	require.NoError(t, err)
	require.NoError(t, sub.SetPendingLimits(1, -1))
	for range 10 {
		require.NoError(t, nc.Publish("slow", nil))
	}
	require.Eventually(t, func() bool { return e.Stats().Dropped > 0 && reported.Load() > 0 }, natstest.Patience, time.Millisecond)
	close(block)

	require.NoError(t, e.Close())
	require.False(t, nc.IsClosed())
}

func TestUserClosesTheConnection(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	nc, err := nats.Connect(node.URL(), nats.ReconnectBufSize(-1))
	require.NoError(t, err)
	e, err := natsremote.New(nc, natsremote.WithHeartbeatTimeout(time.Hour))
	require.NoError(t, err)
	price, release := newPrice(), make(chan struct{})
	work(t, attach(t, node), price, func(context.Context, priceRequest) (priceReply, error) {
		nc.Close()
		<-release
		return priceReply{}, nil
	})
	defer close(release)
	_, err = price.Call(t.Context(), remote.NewClient(e), priceRequest{})
	requireError(t, err, remote.FateUnknown, remote.ErrLost, nats.ErrConnectionClosed)
	_, err = price.Call(t.Context(), remote.NewClient(e), priceRequest{})
	requireError(t, err, remote.FateNotRun, remote.ErrUnreachable, nats.ErrConnectionClosed)
	require.NoError(t, e.Close())
}

// TestCancelAtAnyTime ends contexts wherever calls are at that moment. Each call has one outcome, a handler
// that did not run did not run, and nothing is left behind.
func TestCancelAtAnyTime(t *testing.T) {
	node := natstest.Start(t)
	var runs atomic.Int64
	price := newPrice()
	served, caller := attach(t, node), attach(t, node)
	before := runtime.NumGoroutine()
	w := work(t, served, price, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		runs.Add(1)
		select {
		case <-ctx.Done():
			return priceReply{}, ctx.Err()
		case <-time.After(rand.N(200 * time.Microsecond)): // work
			return priceReply{}, nil
		}
	})
	client := remote.NewClient(caller)
	_, err := price.Call(t.Context(), client, priceRequest{})
	require.NoError(t, err)

	var all sync.WaitGroup
	var started, notRun atomic.Int64
	for range 8 {
		all.Go(func() {
			for range 250 {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(2*time.Millisecond))
				_, err := price.Call(ctx, client, priceRequest{})
				cancel()
				var e *remote.Error
				switch {
				case errors.As(err, &e) && e.Fate == remote.FateNotRun:
					notRun.Add(1)
				default:
					started.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.Eventually(t, func() bool { return w.Stats().InFlight == 0 }, natstest.Patience, time.Millisecond)
	require.LessOrEqual(t, runs.Load()-1, started.Load(), "%d did not run", notRun.Load())
	require.NoError(t, w.Shutdown(t.Context()))
	// The loop has one, the subscription for replies, and Eventually.
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+3 }, natstest.Patience, 10*time.Millisecond,
		"%d goroutines before", before)
	t.Logf("%d calls may have run, %d did, %d did not", started.Load(), runs.Load()-1, notRun.Load())
}

func TestLargeAnswersAreTold(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	e := attach(t, s.node)
	_, err := e.Serve(t.Context(), swollen{})
	require.NoError(t, err)
	r, err := s.caller.Call(t.Context(), &engine.Call{Route: echoRoute(), Codec: "cbor"})
	require.NoError(t, err)
	require.Equal(t, engine.StatusUnanswered, r.Status)
	require.Equal(t, "swollen", r.Worker)
	require.True(t, strings.Contains(r.Message, "the server allows 1048576"), r.Message)
}

// swollen answers with more than fits, which a remote.Worker would not do.
type swollen struct{ echo }

func (swollen) Name() string { return "swollen" }

func (swollen) Begin(*engine.Call) (func(context.Context, func(*engine.Reply)), *engine.Reply) {
	return func(_ context.Context, reply func(*engine.Reply)) {
		go reply(&engine.Reply{Status: engine.StatusFailed, Worker: "swollen", Codec: "cbor", Body: make([]byte, 1<<20)})
	}, nil
}
