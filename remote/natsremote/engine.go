package natsremote

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// An Engine is an [engine.Engine] with a connection to NATS. Make one with [Connect] or [New]. Its
// methods may be called by any goroutine. Close and Stats of a nil Engine or a zero one do nothing, its other methods panic.
type Engine struct {
	nc     *nats.Conn
	owned  bool // nc is closed with the engine
	names  subject.Names
	config config
	inbox  *inbox
	count  counters

	// payload is what the server allows a message to have. nats.go would tell, but not while it waits for a
	// network that takes nothing.
	payload atomic.Int64

	out outbox

	streams *streams // of stored calls

	mu      sync.Mutex
	closed  bool
	servers map[*server]struct{} // those that serve
	asking  map[string]*survey   // discovery under way, by service
}

// Interface check.
var _ engine.Engine = (*Engine)(nil)

// Connect makes a connection and an engine that owns it. The URL may name several servers with
// commas between. See [WithNATS] for TLS and credentials: without them, or without one
// of them, a connection to a server that is not on this machine is made with a warning.
func Connect(url string, opts ...Option) (*Engine, error) {
	c, err := newConfig("Connect", opts)
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(url, c.connection()...)
	if err != nil {
		return nil, fmt.Errorf("connecting to NATS: %w", err)
	}
	e, err := newEngine(nc, c)
	if err != nil {
		nc.Close()
		return nil, err
	}
	e.owned = true
	return e, nil
}

// New makes an engine with a connection that the user made and will close. The connection must not
// buffer what is published while it is down ([nats.ReconnectBufSize] of -1), or a call
// could run long after its caller has given up. New panics if nc is nil, and if there is [WithNATS] among the options.
func New(nc *nats.Conn, opts ...Option) (*Engine, error) {
	if nc == nil {
		panic("natsremote: New needs a connection")
	}
	c, err := newConfig("New", opts)
	if err != nil {
		return nil, err
	}
	if c.nats != nil {
		panic("natsremote: New and WithNATS exclude each other: the connection has been made; nats.Connect takes its options")
	}
	return newEngine(nc, c)
}

func newEngine(nc *nats.Conn, c config) (*Engine, error) {
	if size := nc.Opts.ReconnectBufSize; size >= 0 {
		return nil, fmt.Errorf("connection buffers %d bytes while it is down; "+
			"it needs nats.ReconnectBufSize(-1), or calls run after their callers gave up", size)
	}
	if !nc.HeadersSupported() {
		return nil, fmt.Errorf("server %s: %w", nc.ConnectedServerVersion(), nats.ErrHeadersNotSupported)
	}
	e := &Engine{
		nc: nc, names: subject.Names{Prefix: c.prefix}, config: c,
		servers: make(map[*server]struct{}), asking: make(map[string]*survey),
	}
	e.inbox = newInbox(nc, c.heartbeatTimeout, &e.count, e.ask)
	e.out = outbox{nc: nc, inbox: e.inbox, count: &e.count}
	e.streams = newStreams(e)
	e.payload.Store(nc.MaxPayload())
	e.watch()
	c.warnAbout(nc)
	return e, nil
}

// made reports whether e has been made by a function of this package.
func (e *Engine) made() bool { return e != nil && e.nc != nil }

// mustBeMade panics unless e has been made by a function of this package.
func (e *Engine) mustBeMade() {
	if !e.made() {
		panic("natsremote: the engine is nil or was not made by Connect or New")
	}
}

// Codec returns the codec of [WithCodec], or [CBOR].
func (e *Engine) Codec() remote.Codec {
	e.mustBeMade()
	return e.config.codec
}

// MaxMessage returns what the server allows one message to have, less some room for headers.
func (e *Engine) MaxMessage() int {
	e.mustBeMade()
	return max(0, int(e.payload.Load())-headerRoom)
}

// Close ends all work of the engine: waiting calls return with an error, contexts of running handlers
// are canceled. It closes the connection that [Connect] made.
func (e *Engine) Close() error {
	if !e.made() {
		return nil
	}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	servers := e.servers
	e.servers = make(map[*server]struct{})
	e.mu.Unlock()
	for s := range servers {
		s.stop(engine.ErrClosed)
	}
	e.inbox.close()
	e.streams.close()
	if e.owned {
		e.nc.Close()
	}
	return e.out.wait(context.Background()) // fails for none: nothing can be published any more
}

func (e *Engine) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}
