//go:build unix

package failure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/stretchr/testify/require"
)

// addr is where a server in another process listens.
func (n *node) addr() string { return fmt.Sprintf("127.0.0.1:%d", n.config.Port) }

// TestCallerIsCutOff closes the connection of a caller. What it calls meanwhile is refused at once, and
// never runs; what was sent before is answered or lost.
func TestCallerIsCutOff(t *testing.T) {
	t.Parallel()
	n := startNode(t, true)
	link := natstest.NewProxy(t, n.addr())
	s := newScene(t, link.URL())
	s.url = n.url // workers have a better network
	inProcess(t, s.config("w1", "Touch"))

	release := s.book.Hold("before")
	before := s.begin(context.Background(), history.Call, request{Op: "before"})
	s.await(history.Is(history.Begin, "before"))
	link.Cut()
	s.unreachable("first")
	for i := range 50 {
		r := s.settled(s.begin(context.Background(), history.Call, request{Op: fmt.Sprintf("during-%d", i)}))
		require.ErrorIs(t, r.err, remote.ErrUnreachable)
		require.Equal(t, history.NotRun, outcomeOf(r.err))
		require.Less(t, r.took, silence, "it was not refused at once")
	}
	release()
	s.await(history.Is(history.End, "before"))
	link.Heal()
	s.reachable("afterwards")
	if r := s.settled(before); r.err != nil {
		requireLost(t, r.err)
	}
	s.check(history.NoGhosts)
}

// unreachable calls until the engine knows that it has no connection.
func (s *scene) unreachable(name string) {
	s.t.Helper()
	attempt := 0
	require.True(s.t, eventually(patience, time.Millisecond, func() bool {
		attempt++
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := s.caller.do(ctx, history.Call, request{Op: fmt.Sprintf("%s-%d", name, attempt)})
		return outcomeOf(err) == history.NotRun
	}), "calls go out through a connection that is cut")
}

// TestLinkFlaps cuts and heals the network of a caller under load, over and over.
func TestLinkFlaps(t *testing.T) {
	t.Parallel()
	const callers = 8
	n := startNode(t, true)
	link := natstest.NewProxy(t, n.addr())
	s := newScene(t, link.URL())
	s.url = n.url
	inProcess(t, s.config("w1", "Touch"))
	end := s.underLoad(callers, flapping)
	for range rounds(2, 10) {
		s.progress(callers, history.OK)
		link.Cut()
		s.progress(callers, history.NotRun)
		link.Heal()
	}
	s.progress(callers, history.OK)
	require.Zero(t, end()[history.Ran])
	s.check(history.NoGhosts)
}

// progress waits for so many more calls with an outcome. It may take long, as long as there are some.
func (s *scene) progress(n int, o history.Outcome) {
	s.t.Helper()
	of := func(e history.Event) bool { return e.Kind == history.Return && e.Outcome == o }
	at := s.book.Count(of)
	for have := at; have < at+n; {
		least := have
		require.True(s.t, eventually(s.patience, 5*time.Millisecond, func() bool {
			have = s.book.Count(of)
			return have >= min(at+n, least+100)
		}), "no calls with outcome %s", o)
	}
}

// flapping is the load of a caller that cannot rely on its network.
var flapping = callerConfig{Name: "load", Mode: history.Call, Timeout: 10 * time.Second}

// TestWorkerInABlackHole has what a worker says get lost without a word. Its callers learn that they lost it,
// and it runs once what they had sent.
func TestWorkerInABlackHole(t *testing.T) {
	t.Parallel()
	n := startNode(t, true)
	link := natstest.NewProxy(t, n.addr())
	s := newScene(t, n.url)
	c := s.config("w1", "Touch")
	c.URL = link.URL()
	inProcess(t, c)
	release := s.book.Hold("running")
	running := s.begin(context.Background(), history.Call, request{Op: "running"})
	s.await(history.Is(history.Begin, "running"))
	link.Hole()
	r := s.settled(running)
	requireLost(t, r.err)
	require.Less(t, r.took, lostWithin)
	link.Heal()
	release()
	s.reachable("afterwards")
	s.check(history.NoGhosts)
}

// TestClusterIsCut cuts one of three nodes off from the others: first the worker's, then the caller's.
func TestClusterIsCut(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t)
	s := newScene(t, cluster.Nodes[0].URL())
	s.url = cluster.Nodes[1].URL()
	inProcess(t, s.config("w1", "Touch"))
	s.reachable("before")
	for _, node := range []int{1, 0} {
		name := fmt.Sprintf("node %d", node)
		release := s.book.Hold(name)
		running := s.begin(context.Background(), history.Call, request{Op: name})
		s.await(history.Is(history.Begin, name))
		cluster.Cut(node)
		s.unreachable("cut-" + name)
		r := s.settled(running)
		requireLost(t, r.err)
		require.Less(t, r.took, lostWithin)
		release()
		s.await(history.Is(history.End, name))
		cluster.Heal(node)
		s.reachable("healed-" + name)
	}
	s.check(history.NoGhosts)
}
