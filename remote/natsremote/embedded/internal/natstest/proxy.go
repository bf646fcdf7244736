package natstest

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A Proxy is a network that can fail between two programs that talk TCP.
type Proxy struct {
	to       string
	listener net.Listener
	done     sync.WaitGroup

	mu     sync.Mutex
	moved  *sync.Cond // the state has changed
	state  state
	conns  map[net.Conn]struct{}
	closed bool
}

type state int

const (
	healthy state = iota + 1
	holed         // nothing arrives, nothing is closed
	cut           // connections are closed, new ones too
)

// NewProxy forwards connections to an address until the test ends.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &Proxy{to: to, listener: l, state: healthy, conns: make(map[net.Conn]struct{})}
	p.moved = sync.NewCond(&p.mu)
	p.done.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr returns host and port of this end.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL returns where clients of a server behind the proxy connect to.
func (p *Proxy) URL() string { return "nats://" + p.Addr() }

// Cut closes all connections, and new ones as soon as they are made.
func (p *Proxy) Cut() { p.become(cut) }

// Hole lets nothing through any more, and closes nothing: what is sent meets silence.
func (p *Proxy) Hole() { p.become(holed) }

// Heal ends what Cut or Hole began. What was sent into a hole arrives now.
func (p *Proxy) Heal() { p.become(healthy) }

func (p *Proxy) become(s state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
	if s == cut {
		p.drop()
	}
	p.moved.Broadcast()
}

// drop closes all connections. The lock is held.
func (p *Proxy) drop() {
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

func (p *Proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.drop()
	p.moved.Broadcast()
	p.mu.Unlock()
	p.done.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.join(client) })
	}
}

// join connects a client and lets data flow both ways.
func (p *Proxy) join(client net.Conn) {
	if !p.enter(client) {
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil || !p.enter(server) {
		p.leave(client)
		return
	}
	p.done.Go(func() { p.flow(client, server) })
	p.flow(server, client)
}

// enter waits until a connection may be made, and reports whether it is.
func (p *Proxy) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.state == holed && !p.closed {
		p.moved.Wait()
	}
	if p.closed || p.state == cut {
		c.Close()
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) leave(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// flow copies until one end is closed.
func (p *Proxy) flow(to, from net.Conn) {
	defer p.leave(to)
	defer p.leave(from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !p.pass() {
			return
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

// pass waits until what was read may go on, and reports whether there is still somewhere to go.
func (p *Proxy) pass() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.state == holed && !p.closed {
		p.moved.Wait()
	}
	return !p.closed && p.state == healthy
}
