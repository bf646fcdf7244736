package embedded_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// quick has what is lost noticed soon. Between a beat and a silence is enough room for a busy machine.
func quick() []natsremote.Option {
	return []natsremote.Option{
		natsremote.WithHeartbeat(100 * time.Millisecond), natsremote.WithHeartbeatTimeout(time.Second),
		natsremote.WithNATS(nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0)),
	}
}

// via returns an engine whose connection goes through a proxy.
func via(t *testing.T, node *natstest.Node, opts ...natsremote.Option) (*natsremote.Engine, *natstest.Proxy) {
	t.Helper()
	p := natstest.NewProxy(t, node.Addr())
	e, err := natsremote.Connect(p.URL(), append(quick(), opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e, p
}

func TestSlowHandlersAreNotLost(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	work(t, attach(t, node, quick()...), price, func(context.Context, priceRequest) (priceReply, error) {
		time.Sleep(3 * time.Second) // work that takes three silences
		return priceReply{1}, nil
	})
	_, err := price.Call(t.Context(), remote.NewClient(attach(t, node, quick()...)), priceRequest{})
	require.NoError(t, err)
}

func TestLostWorkerIsNoticed(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	served, proxy := via(t, node)
	caller := attach(t, node, quick()...)
	price := newPrice()
	var runs atomic.Int64
	running := make(chan struct{})
	work(t, served, price, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		runs.Add(1)
		close(running)
		<-ctx.Done()
		return priceReply{}, ctx.Err()
	})
	go func() {
		<-running
		proxy.Hole()
	}()
	begun := time.Now()
	_, err := price.Call(t.Context(), remote.NewClient(caller), priceRequest{})
	requireError(t, err, remote.FateUnknown, remote.ErrLost)
	require.Less(t, time.Since(begun), natstest.Patience)
	require.Equal(t, int64(1), runs.Load())
	require.Equal(t, uint64(1), caller.Stats().Lost)
}

func TestNoGhostCalls(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	var runs atomic.Int64
	work(t, attach(t, node), price, func(context.Context, priceRequest) (priceReply, error) {
		return priceReply{runs.Add(1)}, nil
	})
	caller, proxy := via(t, node)
	client := remote.NewClient(caller)
	_, err := price.Call(t.Context(), client, priceRequest{})
	require.NoError(t, err)

	proxy.Cut()
	refused := 0
	require.Eventually(t, func() bool { // until the client has noticed
		begun := time.Now()
		_, err := price.Call(t.Context(), client, priceRequest{})
		var e *remote.Error
		require.ErrorAs(t, err, &e)
		if e.Fate != remote.FateNotRun {
			return false // it was sent, into a connection that had died
		}
		require.ErrorIs(t, err, remote.ErrUnreachable)
		require.NotContains(t, err.Error(), "buffer", "there is none, and nobody knows what it would be")
		require.Less(t, time.Since(begun), time.Second)
		refused++
		return refused == 100
	}, natstest.Patience, time.Millisecond)

	proxy.Heal()
	require.Eventually(t, func() bool {
		out, err := price.Call(t.Context(), client, priceRequest{})
		if err != nil {
			requireError(t, err, remote.FateNotRun, remote.ErrUnreachable)
			return false
		}
		// Of those between the first and this one, none ran, and none will: they would be first in any queue.
		return out.Cents == 2
	}, natstest.Patience, 10*time.Millisecond)
	require.Equal(t, int64(2), runs.Load())
	require.Equal(t, uint64(1), caller.Stats().Reconnects)
}

// TestCallsThatWereHeldBackAreCanceled is about a network that holds everything back and lets it go at once.
func TestCallsThatWereHeldBackAreCanceled(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	var completed atomic.Int64
	served := attach(t, node)
	work(t, served, price, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		select {
		case <-ctx.Done():
			return priceReply{}, ctx.Err()
		case <-time.After(natstest.Patience):
			completed.Add(1)
			return priceReply{}, nil
		}
	})
	caller, proxy := via(t, node)
	client := remote.NewClient(caller)
	proxy.Hole()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := price.Call(ctx, client, priceRequest{})
	requireError(t, err, remote.FateUnknown, context.Canceled)
	proxy.Heal()
	// The call arrives, and what takes it back right after it. Whichever is handled first, nothing runs on.
	require.Eventually(t, func() bool { return caller.Stats().Stray == 1 }, natstest.Patience, time.Millisecond)
	require.Zero(t, completed.Load())
}

// TestNetworkThatTakesNothing fills all that holds messages back. Callers return when their contexts end.
func TestNetworkThatTakesNothing(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	work(t, attach(t, node), price, cents)
	caller, proxy := via(t, node)
	client := remote.NewClient(caller)
	proxy.Hole()
	const calls = 100
	results := make(chan error, calls)
	begun := time.Now()
	for range calls {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err := price.Call(ctx, client, priceRequest{strings.Repeat("x", 128<<10)})
			results <- err
		}()
	}
	for range calls {
		require.ErrorIs(t, <-results, context.DeadlineExceeded)
	}
	require.Less(t, time.Since(begun), 8*time.Second) // less than a write may take
	proxy.Heal()
	require.Eventually(t, func() bool {
		_, err := price.Call(t.Context(), client, priceRequest{})
		return err == nil
	}, natstest.Patience, 10*time.Millisecond)
}

func TestReplyThatWasGivenWhileTheServerWasDown(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	running, release := make(chan struct{}), make(chan struct{})
	patient := append(quick(), natsremote.WithHeartbeatTimeout(5*time.Second))
	served, caller := attach(t, node, patient...), attach(t, node, patient...)
	w := work(t, served, price, func(context.Context, priceRequest) (priceReply, error) {
		close(running)
		<-release
		return priceReply{5}, nil
	})
	result := make(chan error, 1)
	go func() {
		out, err := price.Call(t.Context(), remote.NewClient(caller), priceRequest{})
		if err == nil {
			require.Equal(t, int64(5), out.Cents)
		}
		result <- err
	}()
	<-running
	node.Down()
	close(release)
	require.Eventually(t, func() bool { return w.Stats().InFlight == 0 }, natstest.Patience, time.Millisecond)
	node.Up()
	require.NoError(t, <-result)
	require.Equal(t, uint64(1), served.Stats().Reconnects)
}

// TestReplyThatWasLost is about the worker's connection alone, and the caller does not notice.
func TestReplyThatWasLost(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	running, release := make(chan struct{}), make(chan struct{})
	served, proxy := via(t, node)
	caller := attach(t, node, append(quick(), natsremote.WithHeartbeatTimeout(5*time.Second))...)
	w := work(t, served, price, func(context.Context, priceRequest) (priceReply, error) {
		close(running)
		<-release
		return priceReply{5}, &limitError{5}
	})
	go func() {
		<-running
		proxy.Cut()
		close(release)
		for w.Stats().InFlight > 0 {
			time.Sleep(time.Millisecond)
		}
		proxy.Heal()
	}()
	out, err := price.Call(t.Context(), remote.NewClient(caller), priceRequest{})
	require.ErrorAs(t, err, new(*limitError))
	require.Equal(t, int64(5), out.Cents)
	require.Zero(t, caller.Stats().Lost)
}

func TestCloseEndsWhatWaits(t *testing.T) {
	t.Parallel()
	running, ended := make(chan struct{}), make(chan error, 1)
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		close(running)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return priceReply{}, ctx.Err()
	})
	go func() {
		<-running
		if err := s.caller.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err := s.call(t.Context())
	requireError(t, err, remote.FateUnknown, remote.ErrClosed)
	_, err = s.call(t.Context())
	requireError(t, err, remote.FateNotRun, remote.ErrClosed)

	require.NoError(t, s.served.Close())
	require.ErrorIs(t, <-ended, remote.ErrClosed)
	_, err = s.served.Serve(t.Context(), echo{})
	require.ErrorIs(t, err, remote.ErrClosed)
}
