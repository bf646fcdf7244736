package remote_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

// What the tests call is written as asyncgen writes it.

var errUnknown = errors.New("no such symbol")

type limitError struct{ Limit int }

func (e *limitError) Error() string { return fmt.Sprintf("limit %d", e.Limit) }

type (
	priceRequest struct {
		Symbol string `json:"symbol"`
	}
	priceReply struct {
		Cents int64 `json:"cents"`
	}
)

// priceMethod returns a method of its own for each test: a Method remembers.
func priceMethod() *remoteimpl.Method[priceRequest, priceReply] {
	return &remoteimpl.Method[priceRequest, priceReply]{
		Service: "example_com/shop/Quotes", Name: "Price", Title: "shop.Quotes.Price",
		Errors: []remoteimpl.ErrorDef{
			remoteimpl.Sentinel("example.com/shop.errUnknown", errUnknown),
			remoteimpl.ErrorType[*limitError]("example.com/shop.limitError"),
		},
	}
}

type priceFunc func(ctx context.Context, in priceRequest) (priceReply, error)

// tap keeps the dispatcher that a worker gives to its engine.
type tap struct {
	*remotetest.Engine
	dispatcher engine.Dispatcher
}

func (t *tap) Serve(ctx context.Context, d engine.Dispatcher) (engine.Server, error) {
	t.dispatcher = d
	return t.Engine.Serve(ctx, d)
}

// shop is a worker and a client of one engine.
type shop struct {
	engine *tap
	loop   *loop.Loop
	worker *remote.Worker
	client *remote.Client
	price  *remoteimpl.Method[priceRequest, priceReply]
}

// open starts a worker with one handler. It is closed when the test ends, or its bubble.
func open(t *testing.T, handler priceFunc, opts ...any) *shop {
	t.Helper()
	return openMethod(t, priceMethod(), handler, opts...)
}

func openMethod(t *testing.T, m *remoteimpl.Method[priceRequest, priceReply], handler priceFunc, opts ...any) *shop {
	t.Helper()
	s := &shop{engine: &tap{Engine: remotetest.New()}, loop: loop.New(loop.WithName("quotes")), price: m}
	workerOptions := []remote.WorkerOption{remote.WithName("w1")}
	var clientOptions []remote.ClientOption
	for _, o := range opts {
		if w, ok := o.(remote.WorkerOption); ok {
			workerOptions = append(workerOptions, w)
		}
		if c, ok := o.(remote.ClientOption); ok {
			clientOptions = append(clientOptions, c)
		}
	}
	s.worker = remote.NewWorker(s.engine, workerOptions...)
	s.client = remote.NewClient(s.engine, clientOptions...)
	require.NoError(t, remoteimpl.Register(s.worker, m.On(s.onLoop, handler, handler)))
	require.NoError(t, s.worker.Start(t.Context()))
	t.Cleanup(func() { s.close(t) })
	return s
}

func (s *shop) onLoop(priceRequest) *loop.Loop { return s.loop }

// close may be called twice: a synctest bubble has to be empty before cleanups run.
func (s *shop) close(t *testing.T) {
	t.Helper()
	require.NoError(t, s.worker.Close())
	require.NoError(t, s.engine.Close())
	require.NoError(t, s.loop.Close())
	<-s.loop.Done()
}

func (s *shop) call(ctx context.Context) (int64, error) {
	out, err := s.price.Call(ctx, s.client, priceRequest{"ACME"})
	return out.Cents, err
}

// requireError checks what a caller can know about a call without result.
func requireError(t *testing.T, err error, o remote.Fate, reasons ...error) *remote.Error {
	t.Helper()
	var e *remote.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, o, e.Fate, "%v", err)
	require.Equal(t, o == remote.FateNotRun, e.NotRun())
	for _, reason := range reasons {
		require.ErrorIs(t, err, reason)
	}
	return e
}
