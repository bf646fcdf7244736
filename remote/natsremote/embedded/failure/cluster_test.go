//go:build unix

package failure_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// TestClusterIsCutUnderStoredWork cuts the leader of the streams off from the other two of three nodes, while work is
// durable and keyed calls are made on all sides, and heals the network. What was accepted is done.
func TestClusterIsCutUnderStoredWork(t *testing.T) {
	t.Parallel()
	if !slow() {
		t.Skip("elections take ten seconds; REMOTE_SLOW=1 has the time")
	}
	const callers = 3
	cluster := natstest.StartCluster(t)
	sides := sidesOf(t, cluster)
	var ends []func() map[history.Outcome]int
	for i, s := range sides {
		mail := callerConfig{Name: fmt.Sprintf("mail-n%d", i), Mode: history.Durable, Timeout: 20 * time.Second}
		serial := callerConfig{Name: fmt.Sprintf("serial-n%d", i), Mode: history.Serial, Keys: 8, Timeout: 30 * time.Second}
		ends = append(ends, s.underLoad(callers, mail, serial))
	}
	s := sides[0]
	// The new leader of a stream accepts nothing before the node that is left has caught up with it. That one may have been
	// left behind when it was not needed, by thousands of messages, and on a busy machine it takes a minute.
	s.patience = 4 * patience
	for range 2 {
		s.progress(200, history.OK)
		leader := leaderOf(t, cluster, subject.Names{}.DurableStream(service))
		for i := range sides {
			s.book.Record(history.Event{Kind: history.Suspect, Worker: fmt.Sprintf("w%d", i)})
		}
		cluster.Cut(leader)
		pause(15 * time.Second) // an election takes four to nine
		s.progress(100, history.OK)
		cluster.Heal(leader)
		cluster.AwaitReady()
	}
	s.progress(200, history.OK)
	for _, end := range ends {
		end()
	}
	s.check(history.Forgetful)
}

// sidesOf returns a caller and a worker at each node, who write into the same book.
func sidesOf(t *testing.T, cluster *natstest.Cluster) (sides []*scene) {
	t.Helper()
	for i, n := range cluster.Nodes {
		s := newScene(t, n.URL())
		if i > 0 {
			s.book, s.addr = sides[0].book, sides[0].addr
		}
		sides = append(sides, s)
		inProcess(t, s.config(fmt.Sprintf("w%d", i), "Mail", "Deposit"))
	}
	return sides
}

// leaderOf returns which node leads a stream.
func leaderOf(t *testing.T, c *natstest.Cluster, stream string) (leader int) {
	t.Helper()
	require.True(t, eventually(patience, 50*time.Millisecond, func() bool {
		for i, n := range c.Nodes {
			if n.Server().JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream) {
				leader = i
				return true
			}
		}
		return false
	}), "stream %s has no leader", stream)
	return leader
}
