package main

import (
	"context"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/nats-io/nats.go"
	"google.golang.org/grpc"
)

// An echo is a handler that returns what it gets, in every way that there is to call it. The
// remote ones are as asyncgen writes them.
type echo[T any] struct {
	title  string // of the payload
	value  T
	method remoteimpl.Method[T, T]
	bridge loopimpl.Bridge
}

// An echoer is an echo of some payload.
type echoer interface {
	name() string
	register(w *remote.Worker, l *loop.Loop) error
	encoded(c remote.Codec) ([]byte, error)
	describe() grpc.MethodDesc

	local(l *loop.Loop) measure.Batch
	respond(nc *nats.Conn, c remote.Codec) error
	coded(nc *nats.Conn, c remote.Codec) measure.Batch
	remote(c *remote.Client) measure.Batch
	deadline(c *remote.Client) measure.Batch
	rpc(cc *grpc.ClientConn) measure.Batch
}

const service = "asyncgen_bench/Echo"

func newEcho[T any](title, method string, value T) *echo[T] {
	return &echo[T]{
		title: title, value: value,
		method: remoteimpl.Method[T, T]{Service: service, Name: method, Title: "bench.Echo." + method},
		bridge: loopimpl.Bridge{Name: "bench.Echo." + method},
	}
}

// echoers returns one for each payload.
func echoers() []echoer {
	return []echoer{newEcho("128 bytes", "Block", newBlock()), newEcho("a struct of seven fields", "Order", newOrder())}
}

// echoed is a call on the loop.
type echoed[T any] struct{ in, result T }

// Run is the handler.
func (e *echoed[T]) Run(context.Context) error {
	e.result = e.in
	return nil
}

// Handler returns the handler, whose position errors name.
func (*echoed[T]) Handler() any { return (*echoed[T]).Run }

func (e *echo[T]) name() string { return e.title }

func (e *echo[T]) encoded(c remote.Codec) ([]byte, error) { return c.Marshal(&e.value) }

// register has worker answer calls, on l.
func (e *echo[T]) register(w *remote.Worker, l *loop.Loop) error {
	run := func(_ context.Context, in T) (T, error) { return in, nil }
	return remoteimpl.Register(w, e.method.On(func(T) *loop.Loop { return l }, run, run))
}

func (e *echo[T]) local(l *loop.Loop) measure.Batch {
	return repeat(func(ctx context.Context) error {
		_, err := loopimpl.Call(ctx, l, &e.bridge, echoed[T]{in: e.value})
		return err
	})
}

func (e *echo[T]) remote(c *remote.Client) measure.Batch {
	return repeat(func(ctx context.Context) error {
		_, err := e.method.Call(ctx, c, e.value)
		return err
	})
}

// deadline makes calls that have ten seconds each.
func (e *echo[T]) deadline(c *remote.Client) measure.Batch {
	return repeat(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		_, err := e.method.Call(ctx, c, e.value)
		return err
	})
}

// patience is what no call takes on loopback.
const patience = 10 * time.Second

// repeat makes one call after the other. Each caller has a context of its own, as one that serves
// a request has.
func repeat(call func(ctx context.Context) error) measure.Batch {
	return func(ctx context.Context, _, n int) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for range n {
			if err := call(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// respond answers bare requests that contain the payload, which it decodes and encodes.
func (e *echo[T]) respond(nc *nats.Conn, c remote.Codec) error {
	_, err := nc.QueueSubscribe(codedSubject+e.method.Name, "q", func(m *nats.Msg) {
		var v T
		if c.Unmarshal(m.Data, &v) != nil {
			return // and the caller waits in vain
		}
		if data, err := c.Marshal(&v); err == nil {
			_ = m.Respond(data)
		}
	})
	return err
}

// coded makes bare requests that encode and decode the payload.
func (e *echo[T]) coded(nc *nats.Conn, c remote.Codec) measure.Batch {
	return repeat(func(context.Context) error {
		data, err := c.Marshal(&e.value)
		if err != nil {
			return err
		}
		m, err := nc.RequestMsg(&nats.Msg{Subject: codedSubject + e.method.Name, Data: data}, patience)
		if err != nil {
			return err
		}
		var v T
		return c.Unmarshal(m.Data, &v)
	})
}

// codedSubject is where a bare responder listens that decodes.
const codedSubject = "bare.coded."

// bareSubject is where a bare responder listens.
const bareSubject = "bare.echo"

// respond answers bare requests with what they contain.
func respond(nc *nats.Conn) error {
	_, err := nc.QueueSubscribe(bareSubject, "q", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	if err != nil {
		return err
	}
	return nc.Flush()
}

// request makes bare requests.
func request(nc *nats.Conn, payload []byte) measure.Batch {
	return repeat(func(context.Context) error {
		_, err := nc.RequestMsg(&nats.Msg{Subject: bareSubject, Data: payload}, patience)
		return err
	})
}
