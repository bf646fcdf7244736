package embedded_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// What the tests of stored calls have in common.

type (
	opRequest struct {
		Key string `json:"key"`
		N   int    `json:"n"`
	}
	opReply struct {
		N int `json:"n"`
	}
	opMethod  = remoteimpl.Method[opRequest, opReply]
	opHandler = func(ctx context.Context, in opRequest) (opReply, error)
)

const account = "example_com/bank/Account"

// takeover is how long tests wait for what a dead worker leaves behind.
const takeover = 2 * time.Second

func newDeposit() *opMethod {
	return &opMethod{Service: account, Name: "Deposit", Title: "bank.Account.Deposit", Serial: true, Key: keyOfOp}
}

func newWithdraw() *opMethod {
	return &opMethod{Service: account, Name: "Withdraw", Title: "bank.Account.Withdraw", Serial: true, Key: keyOfOp}
}

// newMail is durable, newPost is durable with a key.
func newMail() *opMethod {
	return &opMethod{Service: account, Name: "Mail", Title: "bank.Account.Mail", Durable: true}
}

func newPost() *opMethod {
	return &opMethod{Service: account, Name: "Post", Title: "bank.Account.Post", Durable: true, Serial: true, Key: keyOfOp}
}

func keyOfOp(in opRequest) string { return in.Key }

// soon makes everything happen in seconds.
func soon(more ...natsremote.Option) []natsremote.Option {
	return append([]natsremote.Option{
		natsremote.WithTakeoverDelay(takeover), natsremote.WithHeartbeat(100 * time.Millisecond), natsremote.WithHeartbeatTimeout(time.Second),
		natsremote.WithBackoff(50*time.Millisecond, 100*time.Millisecond, 200*time.Millisecond), natsremote.WithPartitions(4),
	}, more...)
}

// A handled method is one that a worker answers.
type handled struct {
	method  *opMethod
	handler opHandler
}

// man starts a worker with an engine of its own. The caller or the test's end stops it.
func man(tb testing.TB, e *natsremote.Engine, name string, methods ...handled) *remote.Worker {
	tb.Helper()
	l := loop.New(loop.WithName(name))
	w := remote.NewWorker(e, remote.WithName(name))
	for _, m := range methods {
		require.NoError(tb, remoteimpl.Register(w, m.method.On(func(opRequest) *loop.Loop { return l }, m.handler, m.handler)))
	}
	require.NoError(tb, w.Start(tb.Context()))
	tb.Cleanup(func() {
		require.NoError(tb, w.Close())
		require.NoError(tb, l.Close())
	})
	return w
}

// cutoff returns an engine whose network the test can take away.
func cutoff(tb testing.TB, node *natstest.Node, opts ...natsremote.Option) (*natsremote.Engine, *natstest.Proxy) {
	tb.Helper()
	proxy := natstest.NewProxy(tb, node.Addr())
	e, err := natsremote.Connect(proxy.URL(), opts...)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = e.Close() })
	return e, proxy
}

// A record notes what handlers do, in the order they do it.
type record struct {
	mu      sync.Mutex
	done    map[string][]int // by key
	running map[string]int
	overlap []string // keys of which two ran at a time
	fences  map[string][]uint64
	workers map[string]int
	seen    []remote.Delivery
}

func newRecord() *record {
	return &record{done: map[string][]int{}, running: map[string]int{}, fences: map[string][]uint64{}, workers: map[string]int{}}
}

// note is a handler that does nothing else.
func (r *record) note(ctx context.Context, in opRequest) (opReply, error) {
	d, _ := remote.DeliveryOf(ctx)
	r.begin(in, d)
	defer r.end(in)
	return opReply{in.N}, nil
}

func (r *record) begin(in opRequest, d remote.Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running[in.Key]++; r.running[in.Key] > 1 {
		r.overlap = append(r.overlap, in.Key)
	}
	r.done[in.Key] = append(r.done[in.Key], in.N)
	r.fences[in.Key] = append(r.fences[in.Key], d.Fence)
	r.workers[d.Worker]++
	r.seen = append(r.seen, d)
}

func (r *record) end(in opRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running[in.Key]--
}

func (r *record) of(key string) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int(nil), r.done[key]...)
}

func (r *record) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

func (r *record) by(worker string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.workers[worker]
}

// eventually waits for what should happen soon. The condition may end the test.
func eventually(tb testing.TB, what func() bool, message string) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(natstest.Patience); !what(); <-tick.C {
		require.True(tb, time.Now().Before(end), message)
	}
}

// stored returns how many messages a stream has.
func stored(tb testing.TB, node *natstest.Node, stream string) int {
	tb.Helper()
	info, err := node.Server().Jsz(&server.JSzOptions{Accounts: true, Streams: true})
	require.NoError(tb, err)
	for _, a := range info.AccountDetails {
		for _, s := range a.Streams {
			if s.Name == stream {
				return int(s.State.Msgs)
			}
		}
	}
	return 0
}

// owned returns how many partitions the two workers of a service have, by what they announce next.
func owned(tb testing.TB, node *natstest.Node, service string) (have [2]int) {
	tb.Helper()
	nc := bare(tb, node)
	sub, err := nc.SubscribeSync("ag.a." + service)
	require.NoError(tb, err)
	for i := range have {
		m, err := sub.NextMsg(natstest.Patience)
		require.NoError(tb, err)
		var a struct{ Partitions int }
		require.NoError(tb, json.Unmarshal(m.Data, &a))
		have[i] = a.Partitions
	}
	return have
}

type loopType = loop.Loop

// newLoop returns what chooses a loop that is closed when the test ends.
func newLoop(tb testing.TB) func(opRequest) *loop.Loop {
	tb.Helper()
	l := loop.New()
	tb.Cleanup(func() { require.NoError(tb, l.Close()) })
	return func(opRequest) *loop.Loop { return l }
}

func sleep(ctx context.Context, d time.Duration) error { return loop.Sleep(ctx, d) }

// An errorLog is what NATS has to complain about.
type errorLog struct {
	mu  sync.Mutex
	all []error
}

func (l *errorLog) note(_ *nats.Conn, _ *nats.Subscription, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, err)
}

func (l *errorLog) list() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]error(nil), l.all...)
}
