//go:build unix

package failure_test

import (
	"context"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/stretchr/testify/require"
)

// TestVersions has a worker of an old version beside one of a new. Callers of each reach their own; when
// the old worker leaves, its callers are told which version there is.
func TestVersions(t *testing.T) {
	t.Parallel()
	n := startNode(t, true)
	s := newScene(t, n.url)
	s.worker("old-1", "Touch")
	s.worker("old-2", "Touch")
	c := s.config("new-1", "Touch")
	c.Version = "new"
	s.configured(c)
	touch := newTouch()
	for i := range 40 {
		op := string(rune('a'+i%26)) + string(rune('a'+i/26))
		out, err := s.caller.do(soon(t), history.Call, request{Op: "old-" + op})
		require.NoError(t, err)
		require.Contains(t, []string{"old-1", "old-2"}, out.Worker)
		out, err = touchNew(s, touch, "new-"+op)
		require.NoError(t, err)
		require.Equal(t, "new-1", out.Worker)
	}
	s.check(history.NoGhosts)
}

// touchNew is [caller.do] for the new version.
func touchNew(s *scene, m *newMethod, op string) (reply, error) {
	_ = s.record(history.Event{Kind: history.Invoke, Op: op, Mode: history.Call})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := m.Call(ctx, s.caller.client, newRequest{Op: op})
	_ = s.record(history.Event{Kind: history.Return, Op: op, Value: out.Value, Outcome: outcomeOf(err)})
	return out, err
}

// TestOldVersionLeaves shuts down the last worker of a version while it is called.
func TestOldVersionLeaves(t *testing.T) {
	t.Parallel()
	s := newScene(t, startNode(t, true).url)
	old := s.worker("old", "Touch")
	c := s.config("new", "Touch")
	c.Version = "new"
	s.configured(c)
	stop := make(chan struct{})
	tally := make(chan map[history.Outcome]int, 1)
	go func() { tally <- s.load(stop, flapping, 1) }()
	s.progress(10, history.OK)
	old.stop()
	s.progress(10, history.NotRun)
	close(stop)
	require.Zero(t, (<-tally)[history.Unknown])

	_, err := s.caller.do(soon(t), history.Call, request{Op: "late"})
	var version *remote.VersionError
	require.ErrorAs(t, err, &version)
	require.ErrorIs(t, err, remote.ErrNoWorker)
	route, failed := newTouch().Route()
	require.NoError(t, failed)
	require.Equal(t, []string{route.Schema}, version.Running)
	require.ErrorContains(t, err, route.Schema)
	require.Equal(t, history.NotRun, outcomeOf(err))

	s.worker("old again", "Touch")
	_, err = s.caller.do(soon(t), history.Call, request{Op: "again"})
	require.NoError(t, err)
	s.check(history.NoGhosts)
}

// TestProcesses has callers, workers and the server in processes of their own, and kills some of each.
func TestProcesses(t *testing.T) {
	t.Parallel()
	n := startNode(t, true)
	s := newScene(t, n.url)
	workers := []*process{s.worker("w0", "Touch"), s.worker("w1", "Touch"), s.worker("w2", "Touch")}
	config := callerConfig{
		URL: n.url, Book: s.addr, Mode: history.Call, Callers: 4, Calls: 150, Millis: 1, Timeout: 20 * time.Second,
	}
	var callers []*process
	for _, name := range []string{"c1", "c2", "c3"} {
		config.Name = name
		p, _ := start(t, "caller", config)
		callers = append(callers, p)
	}
	s.progress(30, history.OK)
	workers[0].kill()
	s.worker("w3", "Touch")
	s.progress(30, history.OK)
	callers[0].kill()
	s.progress(30, history.OK)
	workers[1].stop()
	s.progress(30, history.OK)
	n.outage(func() {})
	for _, p := range callers[1:] {
		t.Log(p.hear())
		<-p.over
		require.NoError(t, p.err)
	}
	s.abandoned("c1")
	s.check()
}
