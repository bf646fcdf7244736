package natstest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// Patience is how long tests wait for what should happen at once, on machines with much else to do.
const Patience = 30 * time.Second

// A Node is a server on a port of its own, which it keeps when it is restarted.
type Node struct {
	t    testing.TB
	opts *server.Options

	mu   sync.Mutex
	nats *server.Server // nil while it is down
}

// Start starts a server with JetStream in a directory of the test's.
func Start(t testing.TB, change ...func(*server.Options)) *Node {
	t.Helper()
	n := &Node{t: t, opts: options(t)}
	for _, f := range change {
		f(n.opts)
	}
	n.Up()
	t.Cleanup(n.Down)
	return n
}

func options(t testing.TB) *server.Options {
	t.Helper()
	return &server.Options{
		ServerName: "n0", Host: "127.0.0.1", Port: server.RANDOM_PORT,
		JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
	}
}

// Up starts the server if it is down, on the port that it had, and waits for it.
func (n *Node) Up() {
	n.t.Helper()
	n.start()
	require.True(n.t, n.Server().ReadyForConnections(Patience), "server %s is not ready", n.opts.ServerName)
}

// start does not wait: a member of a cluster is not ready alone.
func (n *Node) start() {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.nats != nil {
		return
	}
	s, err := server.NewServer(n.opts.Clone())
	require.NoError(n.t, err)
	s.Start()
	if n.opts.Port == server.RANDOM_PORT {
		require.True(n.t, s.ReadyForConnections(Patience), "server %s is not ready", n.opts.ServerName)
		var port int
		_, err := fmt.Sscanf(s.Addr().String(), "127.0.0.1:%d", &port)
		require.NoError(n.t, err)
		n.opts.Port = port
	}
	n.nats = s
}

// Down stops the server and waits until it has stopped. Its connections are closed.
func (n *Node) Down() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.nats == nil {
		return
	}
	n.nats.Shutdown()
	n.nats.WaitForShutdown()
	n.nats = nil
}

// Server returns the server, nil while it is down.
func (n *Node) Server() *server.Server {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nats
}

// Addr returns host and port.
func (n *Node) Addr() string { return fmt.Sprintf("127.0.0.1:%d", n.opts.Port) }

// URL returns where clients connect to.
func (n *Node) URL() string { return "nats://" + n.Addr() }
