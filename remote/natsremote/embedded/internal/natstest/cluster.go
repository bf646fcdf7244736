package natstest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// A Cluster is three servers. What they tell one another goes through proxies, one for each
// direction of each pair.
type Cluster struct {
	Nodes []*Node
	t     testing.TB
	links map[[2]int]*Proxy // from, to
}

// size of a cluster.
const size = 3

// StartCluster starts three servers and waits until they have a leader and all of them know it.
func StartCluster(t testing.TB, change ...func(*server.Options)) *Cluster {
	t.Helper()
	c := &Cluster{t: t, links: make(map[[2]int]*Proxy)}
	ports := freePorts(t, 2*size)
	for from := range size {
		for to := range size {
			if from != to {
				c.links[[2]int{from, to}] = NewProxy(t, fmt.Sprintf("127.0.0.1:%d", ports[size+to]))
			}
		}
	}
	for i := range size {
		o := options(t)
		o.ServerName, o.Port = fmt.Sprintf("n%d", i), ports[i]
		o.Cluster = server.ClusterOpts{
			Name: "asyncgen", Host: "127.0.0.1", Port: ports[size+i],
			// Nobody listens there: servers must not find ways around the proxies.
			Advertise: "127.0.0.1:1", NoAdvertise: true,
		}
		for to := range size {
			if to != i {
				o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: c.links[[2]int{i, to}].Addr()})
			}
		}
		for _, f := range change {
			f(o)
		}
		c.Nodes = append(c.Nodes, &Node{t: t, opts: o})
	}
	for _, n := range c.Nodes {
		n.start()
		t.Cleanup(n.Down)
	}
	c.AwaitReady()
	return c
}

// AwaitReady waits until all servers that are up know one another and a leader.
func (c *Cluster) AwaitReady() {
	c.t.Helper()
	up := 0
	for _, n := range c.Nodes {
		if n.Server() != nil {
			up++
		}
	}
	require.Eventually(c.t, func() bool {
		leaders := 0
		for _, n := range c.Nodes {
			s := n.Server()
			if s == nil {
				continue
			}
			if !s.JetStreamIsCurrent() || s.NumRoutes() < up-1 {
				return false
			}
			if s.JetStreamIsLeader() {
				leaders++
			}
		}
		return leaders == 1
	}, 2*Patience, 20*time.Millisecond, "the cluster is not ready")
}

// URL returns the addresses of all servers.
func (c *Cluster) URL() string {
	var urls []string
	for _, n := range c.Nodes {
		urls = append(urls, n.URL())
	}
	return strings.Join(urls, ",")
}

// Cut closes what connects a server to the others, and keeps it from connecting again. Its clients stay.
func (c *Cluster) Cut(node int) { c.each(node, (*Proxy).Cut) }

// Hole has what a server and the others say to one another get lost without a word.
func (c *Cluster) Hole(node int) { c.each(node, (*Proxy).Hole) }

// Heal ends what Cut or Hole began.
func (c *Cluster) Heal(node int) { c.each(node, (*Proxy).Heal) }

func (c *Cluster) each(node int, do func(*Proxy)) {
	for link, p := range c.links {
		if link[0] == node || link[1] == node {
			do(p)
		}
	}
}
