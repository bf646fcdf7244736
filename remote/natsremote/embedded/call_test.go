package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/stretchr/testify/require"
)

// requireError checks what a caller can know about a call without result.
func requireError(t *testing.T, err error, o remote.Fate, reasons ...error) *remote.Error {
	t.Helper()
	var e *remote.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, o, e.Fate, "%v", err)
	for _, reason := range reasons {
		require.ErrorIs(t, err, reason)
	}
	return e
}

func TestResultsAndErrorsArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	s := open(t, func(_ context.Context, in priceRequest) (priceReply, error) {
		switch in.Symbol {
		case "unknown":
			return priceReply{}, fmt.Errorf("price of %s: %w", in.Symbol, errUnknown)
		case "limit":
			return priceReply{7}, &limitError{3}
		case "other":
			return priceReply{}, errors.New("something else\nin two lines")
		}
		return priceReply{4200}, nil
	})
	call := func(symbol string) (int64, error) {
		out, err := s.price.Call(t.Context(), s.client, priceRequest{symbol})
		return out.Cents, err
	}
	got, err := call("ACME")
	require.NoError(t, err)
	require.Equal(t, int64(4200), got)

	_, err = call("unknown")
	require.ErrorIs(t, err, errUnknown)
	require.EqualError(t, err, "price of unknown: no such symbol")

	got, err = call("limit")
	var limit *limitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, 3, limit.Limit)
	require.Equal(t, int64(7), got)

	_, err = call("other")
	require.EqualError(t, err, "something else\nin two lines")
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	other := &priceMethod{Service: "example_com/nobody", Name: "Price"}
	begun := time.Now()
	_, err := other.Call(t.Context(), s.client, priceRequest{})
	requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)
	require.Less(t, time.Since(begun), 5*time.Second)
}

func TestOtherVersionsAreNamed(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	type changed struct {
		Symbol, Currency string
	}
	other := &remoteimpl.Method[changed, priceReply]{Service: service, Name: "Price", Title: "shop.Quotes.Price"}
	route, err := s.price.Route()
	require.NoError(t, err)

	_, err = other.Call(t.Context(), s.client, changed{})
	requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)
	var version *remote.VersionError
	require.ErrorAs(t, err, &version)
	require.Equal(t, []string{route.Schema}, version.Running)

	// A method that no worker has is no question of versions.
	missing := &priceMethod{Service: service, Name: "Missing"}
	_, err = missing.Call(t.Context(), s.client, priceRequest{})
	requireError(t, err, remote.FateNotRun, remote.ErrNoWorker)
	require.NotErrorAs(t, err, new(*remote.VersionError))
}

func TestPanicReachesTheCallerAndNotTheWorker(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		if calls.Add(1) == 1 {
			panic("out of paper")
		}
		return priceReply{1}, nil
	})
	_, err := s.call(t.Context())
	var p *remote.PanicError
	require.ErrorAs(t, err, &p)
	require.Equal(t, "out of paper", p.Value)
	require.Equal(t, "w1", p.Worker)
	require.Contains(t, p.Stack, "TestPanicReaches")
	_, err = s.call(t.Context())
	require.NoError(t, err)
}

func TestCancelReachesTheHandler(t *testing.T) {
	t.Parallel()
	running, ended := make(chan struct{}), make(chan error, 1)
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		close(running)
		<-ctx.Done()
		ended <- ctx.Err()
		return priceReply{}, ctx.Err()
	}, natsremote.WithCancelGrace(natstest.Patience))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-running
		cancel()
	}()
	_, err := s.call(ctx)
	require.ErrorIs(t, <-ended, context.Canceled)
	// The handler was there to say what it made of that, within the time that it has for it.
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, uint64(1), s.served.Stats().Canceled)
}

func TestCallerDoesNotWaitForAHandlerThatDoesNotListen(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		close(running)
		<-release
		return priceReply{}, nil
	})
	defer close(release)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	go func() {
		<-running
		cancel(reason)
	}()
	_, err := s.call(ctx)
	requireError(t, err, remote.FateUnknown, loop.ErrAbandoned, reason)
}

func TestACallThatWaitsForItsLoopDidNotRun(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	s := open(t, func(context.Context, priceRequest) (priceReply, error) {
		if calls.Add(1) == 1 {
			close(running)
			<-release
		}
		return priceReply{}, nil
	}, natsremote.WithCancelGrace(natstest.Patience))
	first := make(chan error, 1)
	go func() {
		_, err := s.call(t.Context())
		first <- err
	}()
	<-running
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.call(ctx)
	requireError(t, err, remote.FateNotRun, context.DeadlineExceeded)
	close(release)
	require.NoError(t, <-first)
	require.Equal(t, int64(1), calls.Load())
}

func TestDeadlineTravels(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 1)
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		deadline, ok := ctx.Deadline()
		if ok {
			left <- time.Until(deadline)
		} else {
			left <- 0
		}
		return priceReply{}, nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := s.call(ctx)
	require.NoError(t, err)
	got := <-left
	require.Greater(t, got, 30*time.Second)
	require.LessOrEqual(t, got, time.Minute)

	_, err = s.call(t.Context())
	require.NoError(t, err)
	require.Zero(t, <-left)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = s.call(ctx)
	requireError(t, err, remote.FateNotRun, loop.ErrCanceled)
}

func TestTooMuchWorkIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	const capacity = 4
	running, release := make(chan struct{}, capacity), make(chan struct{})
	s := open(t, cents)
	e := attach(t, s.node)
	slow := &priceMethod{Service: "example_com/slow", Name: "Price"}
	w := remote.NewWorker(e, remote.WithInFlight(capacity))
	require.NoError(t, remoteimpl.Register(w, slow.On(func(priceRequest) *loop.Loop { return loop.New() }, cents,
		func(context.Context, priceRequest) (priceReply, error) {
			running <- struct{}{}
			<-release
			return priceReply{}, nil
		})))
	require.NoError(t, w.Start(t.Context()))
	defer w.Close()

	results := make(chan error, 11*capacity)
	call := func() {
		_, err := slow.Call(t.Context(), s.client, priceRequest{})
		results <- err
	}
	for range capacity {
		go call()
	}
	for range capacity {
		<-running
	}
	begun := time.Now()
	for range 10 * capacity {
		go call()
	}
	for range 10 * capacity {
		requireError(t, <-results, remote.FateNotRun, remote.ErrOverloaded, loop.ErrFull)
	}
	require.Less(t, time.Since(begun), 2*time.Second) // less than any silence or timeout
	close(release)
	for range capacity {
		require.NoError(t, <-results)
	}
}

func TestWhatGoesAlongArrives(t *testing.T) {
	t.Parallel()
	type key struct{}
	user := remote.ContextValue{
		Name: "user name: ü", // not a name for a header
		Get:  func(ctx context.Context) (string, bool) { s, ok := ctx.Value(key{}).(string); return s, ok },
		Set:  func(ctx context.Context, s string) context.Context { return context.WithValue(ctx, key{}, s) },
	}
	got := make(chan remote.Delivery, 1)
	users := make(chan any, 1)
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		d, _ := remote.DeliveryOf(ctx)
		got <- d
		users <- ctx.Value(key{})
		return priceReply{}, nil
	}, remote.WorkerOption(remote.WithContextValue(user)))
	client := remote.NewClient(s.caller, remote.WithContextValue(user))
	const name = " ada\r\nlovelace 100% ü "
	ctx := context.WithValue(remote.WithID(t.Context(), "id\n1"), key{}, name)
	_, err := s.price.Call(ctx, client, priceRequest{})
	require.NoError(t, err)
	require.Equal(t, remote.Delivery{ID: "id\n1", Worker: "w1", Attempt: 1}, <-got)
	require.Equal(t, name, <-users)
}

func TestPayloadLimit(t *testing.T) {
	t.Parallel()
	s := open(t, func(_ context.Context, in priceRequest) (priceReply, error) {
		return priceReply{int64(len(in.Symbol))}, nil
	})
	limit := s.caller.MaxMessage()
	body := func(n int) int { // of a request with n bytes of text
		b, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(priceRequest{strings.Repeat("x", n)})
		require.NoError(t, err)
		return len(b)
	}
	most := limit - (body(limit) - limit)
	require.Equal(t, limit, body(most))
	out, err := s.price.Call(t.Context(), s.client, priceRequest{strings.Repeat("x", most)})
	require.NoError(t, err)
	require.Equal(t, int64(most), out.Cents)

	_, err = s.price.Call(t.Context(), s.client, priceRequest{strings.Repeat("x", most+1)})
	requireError(t, err, remote.FateNotRun, remote.ErrTooLarge)
	require.ErrorContains(t, err, fmt.Sprint(limit+1))
	require.ErrorContains(t, err, fmt.Sprint(limit))
}

// TestHeadersCount passes the client's own limit by, which knows nothing of headers.
func TestHeadersCount(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	route, err := s.price.Route()
	require.NoError(t, err)
	c := &engine.Call{Route: route, Codec: "json", Body: make([]byte, 1<<20)}
	_, err = s.caller.Call(t.Context(), c)
	require.True(t, loop.NotRun(err))
	require.ErrorIs(t, err, engine.ErrTooLarge)
	require.ErrorContains(t, err, "1048604 bytes with headers, the server allows 1048576")
	_, err = s.call(t.Context())
	require.NoError(t, err)
}
