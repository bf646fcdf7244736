package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

// fronts are the service here and far away: the same program, but for a constructor.
func fronts(t *testing.T) map[string]service {
	t.Helper()
	q := map[string]*quotes{}
	for _, name := range []string{"here", "far"} {
		store, err := openStore(t.Context(), t.TempDir())
		require.NoError(t, err)
		q[name] = newQuotes(store, new(bytes.Buffer))
		t.Cleanup(func() {
			require.NoError(t, q[name].loop.Close())
			require.NoError(t, store.close())
		})
	}
	engine := remotetest.New()
	worker := remote.NewWorker(engine)
	require.NoError(t, registerQuotes(worker, q["far"]))
	require.NoError(t, worker.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, errors.Join(worker.Close(), engine.Close())) })
	return map[string]service{
		"here": newQuotesOnLoop(q["here"]),
		"far":  newQuotesRemote(remote.NewClient(engine)),
	}
}

func TestFrontsAreAlike(t *testing.T) {
	t.Parallel()
	for name, s := range fronts(t) {
		t.Run(name, func(t *testing.T) {
			cents, err := s.Price(t.Context(), "ACME")
			require.NoError(t, err)
			require.EqualValues(t, 10123, cents)
			_, err = s.Price(t.Context(), "NONE")
			require.ErrorIs(t, err, errUnknown)
			require.EqualError(t, err, "NONE: no such symbol")
			for want := range int64(3) {
				held, err := s.Trade(t.Context(), "ACME", 1)
				require.NoError(t, err)
				require.Equal(t, want+1, held)
			}
			_, err = s.Trade(t.Context(), "ACME", limit)
			var tooMany *limitError
			require.ErrorAs(t, err, &tooMany)
			require.Equal(t, limitError{limit + 3, limit}, *tooMany)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err = s.Price(ctx, "ACME")
			require.ErrorIs(t, err, loop.ErrCanceled)
			require.ErrorIs(t, err, context.Canceled)
			require.NoError(t, s.Notify(t.Context(), "customer", "text"))
		})
	}
}

func TestStoreRefusesAWorkerThatWasReplaced(t *testing.T) {
	t.Parallel()
	s, err := openStore(t.Context(), t.TempDir())
	require.NoError(t, err)
	defer func() { require.NoError(t, s.close()) }()
	_, err = s.trade(t.Context(), "ACME", 1, 7)
	require.NoError(t, err)
	_, err = s.trade(t.Context(), "ACME", 1, 6)
	require.ErrorIs(t, err, errFenced)
	held, err := s.trade(t.Context(), "ACME", 1, 8)
	require.NoError(t, err)
	require.EqualValues(t, 2, held)

	first, err := s.notified(t.Context(), "id")
	require.NoError(t, err)
	again, err := s.notified(t.Context(), "id")
	require.NoError(t, err)
	require.True(t, first && !again)
}

// TestBothInOneProcess runs the program with a server inside, twice: what it has stored stays.
func TestBothInOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), []string{"-dir", dir, "-calls", "8", "-every", "1ms", "-name", "ann"}, strings.NewReader(""), &out, &out))
		require.Equal(t, 6, strings.Count(out.String(), "ok       bought"), "%s", &out)
		require.Equal(t, 4, strings.Count(out.String(), "answer   NONE: no such symbol"))
		require.NotContains(t, out.String(), "unknown ")
		require.Contains(t, out.String(), "worker ann has stopped")
	}
	s, err := openStore(t.Context(), dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.close()) }()
	held, err := s.held(t.Context(), "ACME")
	require.NoError(t, err)
	require.EqualValues(t, 4, held)
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-role boss":                     `no role "boss"`,
		"-role cluster -ports 1,2":       "6 ports are needed",
		"-role cluster -ports x":         "invalid syntax",
		"-role server -node 3 -ports 0":  "-node 3: there are 3",
		"-role worker -server nats://[:": "parse",
	} {
		var out bytes.Buffer
		err := run(t.Context(), append(strings.Fields(args), "-dir", t.TempDir()), strings.NewReader(""), &out, &out)
		require.ErrorContains(t, err, want, args)
	}
}

// TestClusterSurvives has three servers, two workers and a caller as processes of their own, and
// kills a worker and a server. What the caller was told is what happened.
func TestClusterSurvives(t *testing.T) {
	if os.Getenv("REMOTE_SLOW") == "" {
		t.Skip("elections and takeovers take half a minute: make test-remote")
	}
	t.Parallel()
	dir := t.TempDir()
	cluster := start(t, "-role", "cluster", "-ports", "0", "-dir", dir)
	cluster.await(size, `^server \d is ready$`)
	url := cluster.await(1, `-role caller -server (\S+)`)[0][1]
	worker := func(name string) *process {
		p := start(t, "-role", "worker", "-name", name, "-server", url, "-dir", dir)
		p.await(1, `is ready$`)
		return p
	}
	ann, bob := worker("ann"), worker("bob")
	caller := start(t, "-role", "caller", "-server", url, "-dir", dir, "-every", "20ms")
	bought := func() int { return len(caller.find(`^ok +bought`)) }
	more := func() { caller.await(bought()+10, `^ok +bought`) }
	more()

	ann.kill()
	more()
	pid, err := strconv.Atoi(cluster.find(`^server 1 has process ID (\d+)$`)[0][1])
	require.NoError(t, err)
	server, err := os.FindProcess(pid)
	require.NoError(t, err)
	require.NoError(t, server.Kill())
	more()

	cid := worker("cid")
	bob.stop()
	require.NotEmpty(t, bob.find(`^worker bob has stopped$`))
	more()
	caller.stop()
	cid.stop()
	cluster.stop()

	s, err := openStore(t.Context(), dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.close()) }()
	for _, symbol := range []string{"ACME", "HILL", "LAKE"} {
		told := len(caller.find(`^ok +bought a share of ` + symbol))
		held, err := s.held(t.Context(), symbol)
		require.NoError(t, err)
		// Each purchase whose outcome nobody knows may have happened. One may have been under way at the end.
		unknown := len(caller.find(`^(unknown|failed) .*Trade`))
		require.GreaterOrEqual(t, held, int64(told), symbol)
		require.LessOrEqual(t, held, int64(told+unknown+1), symbol)
	}
	require.Empty(t, caller.find(`fence`))
}
