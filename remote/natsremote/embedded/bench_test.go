package embedded_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// BenchmarkCall compares calls with a bare request of the same payload, on the same server. What
// matters is the ratio of lines with the same number of callers.
func BenchmarkCall(b *testing.B) {
	node := natstest.Start(b)
	payload := make([]byte, 128)
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("bare/%d", callers), func(b *testing.B) {
			worker, caller := bare(b, node), bare(b, node)
			_, err := worker.QueueSubscribe("echo", "q", func(m *nats.Msg) { _ = m.Respond(m.Data) })
			require.NoError(b, err)
			require.NoError(b, worker.Flush())
			spread(b, callers, func(ctx context.Context) error {
				_, err := caller.RequestWithContext(ctx, "echo", payload)
				return err
			})
		})
		b.Run(fmt.Sprintf("engine/%d", callers), func(b *testing.B) {
			worker, caller := attach(b, node), attach(b, node)
			_, err := worker.Serve(b.Context(), echo{})
			require.NoError(b, err)
			spread(b, callers, func(ctx context.Context) error {
				_, err := caller.Call(ctx, &engine.Call{Route: echoRoute(), ID: "0123456789ABCDEF", Codec: "cbor", Body: payload})
				return err
			})
		})
	}
}

// BenchmarkPrice is the same for a handler on a loop, with arguments and results.
func BenchmarkPrice(b *testing.B) {
	s := open(b, cents)
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			spread(b, callers, func(ctx context.Context) error {
				_, err := s.call(ctx)
				return err
			})
		})
	}
}

// echo answers with what it got.
type echo struct{}

func echoRoute() engine.Route {
	return engine.Route{Address: engine.Address{Service: "example_com/echo", Method: "Echo", Schema: "0123456789abcdef"}}
}

func (echo) Name() string            { return "echo" }
func (echo) Methods() []engine.Route { return []engine.Route{echoRoute()} }

func (echo) Begin(c *engine.Call) (func(context.Context, func(*engine.Reply)), *engine.Reply) {
	return func(_ context.Context, reply func(*engine.Reply)) {
		go reply(&engine.Reply{Status: engine.StatusOK, Worker: "echo", Codec: c.Codec, Body: c.Body})
	}, nil
}

// spread has callers share the work.
func spread(b *testing.B, callers int, call func(context.Context) error) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	turns := make(chan struct{}, 4096) // no caller waits for its turn
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for range turns {
				if err := call(ctx); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		turns <- struct{}{}
	}
	close(turns)
	all.Wait()
}

func bare(tb testing.TB, node *natstest.Node) *nats.Conn {
	tb.Helper()
	nc, err := nats.Connect(node.URL())
	require.NoError(tb, err)
	tb.Cleanup(nc.Close)
	return nc
}

func attach(tb testing.TB, node *natstest.Node, opts ...natsremote.Option) *natsremote.Engine {
	tb.Helper()
	e, err := natsremote.Connect(node.URL(), opts...)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, e.Close()) })
	return e
}

// BenchmarkStored is how long it takes to have serial calls answered, and work stored.
func BenchmarkStored(b *testing.B) {
	node := natstest.Start(b)
	deposit, mail := newDeposit(), newMail()
	nothing := func(_ context.Context, in opRequest) (opReply, error) { return opReply{in.N}, nil }
	man(b, attach(b, node), "w1", handled{deposit, nothing})
	client := remote.NewClient(attach(b, node))
	var key atomic.Int64
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("serial/%d", callers), func(b *testing.B) {
			spread(b, callers, func(ctx context.Context) error {
				_, err := deposit.Call(ctx, client, opRequest{fmt.Sprint(key.Add(1) % 1000), 1})
				return err
			})
		})
	}
	client = remote.NewClient(attach(b, node, natsremote.WithMaxBacklog(1<<30, 1<<33)))
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("durable/%d", callers), func(b *testing.B) {
			spread(b, callers, func(ctx context.Context) error { return mail.Store(ctx, client, opRequest{"a", 1}) })
		})
	}
}
