package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/stretchr/testify/require"
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
	priceFunc   func(ctx context.Context, in priceRequest) (priceReply, error)
	priceMethod = remoteimpl.Method[priceRequest, priceReply]
)

const service = "example_com/shop/Quotes"

func newPrice() *priceMethod {
	return &priceMethod{
		Service: service, Name: "Price", Title: "shop.Quotes.Price",
		Errors: []remoteimpl.ErrorDef{
			remoteimpl.Sentinel("example.com/shop.errUnknown", errUnknown),
			remoteimpl.ErrorType[*limitError]("example.com/shop.limitError"),
		},
	}
}

// A shop is a server, a worker with an engine of its own, and a client with another.
type shop struct {
	node   *natstest.Node
	price  *priceMethod
	worker *remote.Worker
	served *natsremote.Engine
	caller *natsremote.Engine
	client *remote.Client
}

// open starts a worker with one handler. All of it is closed when the test ends.
func open(tb testing.TB, handler priceFunc, opts ...any) *shop {
	tb.Helper()
	var worker []remote.WorkerOption
	var both []natsremote.Option
	for _, o := range opts {
		switch o := o.(type) {
		case remote.WorkerOption:
			worker = append(worker, o)
		case natsremote.Option:
			both = append(both, o)
		default:
			tb.Fatalf("option of type %T", o)
		}
	}
	s := &shop{node: natstest.Start(tb), price: newPrice()}
	s.served, s.caller = attach(tb, s.node, both...), attach(tb, s.node, both...)
	s.client = remote.NewClient(s.caller)
	s.worker = work(tb, s.served, s.price, handler, worker...)
	return s
}

// work starts a worker for a method, on a loop of its own.
func work(tb testing.TB, e *natsremote.Engine, m *priceMethod, handler priceFunc, opts ...remote.WorkerOption) *remote.Worker {
	tb.Helper()
	l := loop.New(loop.WithName("quotes"))
	w := remote.NewWorker(e, append([]remote.WorkerOption{remote.WithName("w1")}, opts...)...)
	require.NoError(tb, remoteimpl.Register(w, m.On(func(priceRequest) *loop.Loop { return l }, handler, handler)))
	require.NoError(tb, w.Start(tb.Context()))
	tb.Cleanup(func() {
		require.NoError(tb, w.Close())
		require.NoError(tb, l.Close())
	})
	return w
}

func (s *shop) call(ctx context.Context) (int64, error) {
	out, err := s.price.Call(ctx, s.client, priceRequest{"ACME"})
	return out.Cents, err
}

// cents is a handler that has nothing to do.
func cents(context.Context, priceRequest) (priceReply, error) { return priceReply{4200}, nil }
