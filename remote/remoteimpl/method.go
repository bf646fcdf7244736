package remoteimpl

import (
	"context"
	"errors"
	"sync"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// A Method describes a handler to client and worker: generated code holds one for each, in
// a package-level variable. Req is the handler's parameters, Resp its results without the
// error, both structs of exported fields. A Method must not be copied after its first use. Its
// methods may be called by any goroutine at any time.
type Method[Req, Resp any] struct {
	// Service and Name are what the wire calls the handler: "example_com/shop/Quotes", "Price".
	Service, Name string
	// Title names the handler in statistics and snapshots of its loop: "shop.Quotes.Price".
	Title string
	// Serial has calls with equal keys handled in order, one at a time, whichever worker does it.
	Serial bool
	// Key returns the key of a serial call.
	Key func(in Req) string
	// Durable has calls stored and handled later: the directive's durable argument.
	Durable bool
	// Errors are those that keep their identity.
	Errors []ErrorDef

	once  sync.Once
	route engine.Route
	fault error // why there is no route
}

// Route returns the address of the handler in this program's version. It fails if there is
// something in Req or Resp that cannot travel, which asyncgen refuses to generate.
func (m *Method[Req, Resp]) Route() (engine.Route, error) {
	m.once.Do(func() {
		m.route = engine.Route{
			Address: engine.Address{Service: m.Service, Method: m.Name},
			Serial:  m.Serial, Durable: m.Durable,
		}
		m.route.Schema, m.fault = schemaOf[Req, Resp](m.route, m.Errors)
	})
	return m.route, m.fault
}

// Call calls the handler on a worker and waits for its results. An error that is not the
// handler's is a [*remote.Error] or a [*remote.PanicError]. If the handler returned results besides its
// error, both are returned.
func (m *Method[Req, Resp]) Call(ctx context.Context, c *remote.Client, in Req) (Resp, error) {
	x := &exchange[Req, Resp]{in: in}
	client, err := m.prepare(c, x)
	if err != nil {
		return x.out, err
	}
	err = client.Exchange(ctx, &x.Exchange)
	return x.out, err
}

// An exchange is a call with its arguments and results, in one piece.
type exchange[Req, Resp any] struct {
	door.Exchange
	in  Req
	out Resp
}

// CallSame is Call for a function with the handler's own signature. The error is the
// handler's; a call that has no result panics with a [*remote.Error] or a [*remote.PanicError].
func (m *Method[Req, Resp]) CallSame(ctx context.Context, c *remote.Client, in Req) (Resp, error) {
	out, err := m.Call(ctx, c, in)
	switch err.(type) {
	case *remote.Error, *remote.PanicError:
		panic(err)
	}
	return out, err
}

// Do is Call for a handler without results but an error.
func (m *Method[Req, Resp]) Do(ctx context.Context, c *remote.Client, in Req) error {
	_, err := m.Call(ctx, c, in)
	return err
}

// DoSame is CallSame for a handler without results.
func (m *Method[Req, Resp]) DoSame(ctx context.Context, c *remote.Client, in Req) {
	_, _ = m.CallSame(ctx, c, in)
}

// Store stores a call. A nil error means that it is durable and will be handled, at least
// once, even if the caller ends now. The ID that [remote.WithID] puts into ctx makes it the same work
// as every other call with that ID.
func (m *Method[Req, Resp]) Store(ctx context.Context, c *remote.Client, in Req) error {
	x := &exchange[Req, Resp]{in: in}
	client, err := m.prepare(c, x)
	if err != nil {
		return err
	}
	return client.Store(ctx, &x.Exchange)
}

// StoreSame is Store for a function without an error result: it panics with a [*remote.Error] if
// the work was not stored.
func (m *Method[Req, Resp]) StoreSame(ctx context.Context, c *remote.Client, in Req) {
	if err := m.Store(ctx, c, in); err != nil {
		panic(err)
	}
}

// errNoClient is the reason of every call with a client that cannot call.
var errNoClient = errors.New("the client is nil or was not made by NewClient")

// prepare completes the exchange, and returns the inside of the client.
func (m *Method[Req, Resp]) prepare(c *remote.Client, x *exchange[Req, Resp]) (door.Client, error) {
	route, err := m.Route()
	if err != nil {
		return nil, &remote.Error{Method: route.String(), Fate: remote.FateNotRun, Reason: remote.ErrMalformed, Cause: err}
	}
	var client door.Client
	if c != nil {
		client = door.Through[door.Client](c)
	}
	if client == nil {
		return nil, &remote.Error{Method: route.String(), Fate: remote.FateNotRun, Reason: errNoClient}
	}
	x.In, x.Out, x.Errors = &x.in, &x.out, m.Errors
	x.Call.Route = route
	if m.Key != nil {
		x.Call.Key = m.Key(x.in)
	}
	return client, nil
}
