package natstest_test

import (
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestNodeKeepsItsPort(t *testing.T) {
	n := natstest.Start(t)
	before := n.URL()
	n.Down()
	_, err := nats.Connect(before)
	require.Error(t, err)
	n.Up()
	require.Equal(t, before, n.URL())
	connect(t, n.URL())
}

func TestProxy(t *testing.T) {
	p := natstest.NewProxy(t, natstest.Start(t).Addr())
	nc := connect(t, p.URL())
	require.NoError(t, nc.FlushTimeout(natstest.Patience))

	p.Hole()
	require.ErrorIs(t, nc.FlushTimeout(50*time.Millisecond), nats.ErrTimeout)
	p.Heal()
	require.NoError(t, nc.FlushTimeout(natstest.Patience))

	lost := nc.StatusChanged(nats.RECONNECTING)
	p.Cut()
	<-lost
	back := nc.StatusChanged(nats.CONNECTED)
	p.Heal()
	<-back
}

func TestClusterIsolatesANode(t *testing.T) {
	c := natstest.StartCluster(t)
	one, other := connect(t, c.Nodes[0].URL()), connect(t, c.Nodes[1].URL())
	_, err := one.Subscribe("hello", func(m *nats.Msg) { _ = m.Respond(nil) })
	require.NoError(t, err)
	hears := func() bool {
		_, err := other.Request("hello", nil, 100*time.Millisecond)
		return err == nil
	}
	require.Eventually(t, hears, natstest.Patience, 10*time.Millisecond)
	c.Cut(0)
	require.Eventually(t, func() bool { return !hears() }, natstest.Patience, 10*time.Millisecond)
	c.Heal(0)
	require.Eventually(t, hears, natstest.Patience, 10*time.Millisecond)
	c.AwaitReady()
}

func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}
