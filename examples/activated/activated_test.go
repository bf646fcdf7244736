//go:build unix

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRestarts restarts two workers in turn while clients post on old and on new
// connections. No request fails, and each entry is in the journal once.
func TestRestarts(t *testing.T) {
	t.Parallel()
	const restarts = 10
	sd := newSystemd(t)
	workers := []*worker{sd.start("-grace", "1m"), sd.start("-grace", "1m")}
	kept, fresh := newClient(t, sd.addr, true), newClient(t, sd.addr, false)
	var all crowd
	t.Cleanup(func() { _, _ = all.leave() })
	all.join(t.Context(), "kept", kept, 10)
	all.join(t.Context(), "fresh", fresh, 4)

	posted := 0
	for i := range restarts {
		time.Sleep(100 * time.Millisecond) // of undisturbed work
		w := workers[i%2]
		w.terminate()
		require.Zero(t, w.status())
		posted += w.posted()
		workers[i%2] = sd.start("-grace", "1m")
	}
	ids, err := all.leave()
	require.NoError(t, err)
	for _, w := range workers {
		w.terminate()
		require.Zero(t, w.status())
		posted += w.posted()
	}
	require.NotZero(t, kept.reused.Load(), "no connection was used twice")
	require.Zero(t, fresh.reused.Load())
	require.Len(t, ids, posted, "entries, by clients and by workers")
	require.ElementsMatch(t, ids, entries(t, sd))
	t.Logf("%d entries, %d of them on connections that had carried another", posted, kept.reused.Load())
}

// entries returns the IDs in the journal.
func entries(t *testing.T, sd *systemd) (ids []string) {
	t.Helper()
	journal, err := os.ReadFile(sd.journal())
	require.NoError(t, err)
	for line := range strings.Lines(string(journal)) {
		id, amount, _ := strings.Cut(line, " ")
		require.Equal(t, "1\n", amount, line)
		ids = append(ids, id)
	}
	return ids
}

// A client that has an open connection may use it although the worker stops, and
// hears then that it was the last time.
func TestIdleConnectionCarriesOneMore(t *testing.T) {
	t.Parallel()
	sd := newSystemd(t)
	w := sd.start("-idle", "1m", "-grace", "2m")
	c := newClient(t, sd.addr, true)
	c.http.Transport.(*http.Transport).IdleConnTimeout = patience
	last, err := c.post(t.Context(), "before")
	require.NoError(t, err)
	require.False(t, last)

	w.terminate()
	last, err = c.post(t.Context(), "after")
	require.NoError(t, err)
	require.True(t, last)
	require.EqualValues(t, 1, c.reused.Load())
	require.Zero(t, w.status())
	require.Equal(t, 2, w.posted())
}

// A connection that nobody uses does not keep a worker until the end of its grace.
func TestUnusedConnectionsEnd(t *testing.T) {
	t.Parallel()
	sd := newSystemd(t)
	w := sd.start("-idle", "200ms", "-grace", "10m")
	silent, err := net.Dial("tcp", sd.addr)
	require.NoError(t, err)
	defer func() { require.NoError(t, silent.Close()) }()
	_, err = newClient(t, sd.addr, true).post(t.Context(), "one")
	require.NoError(t, err)
	w.terminate()
	require.Zero(t, w.status())
	require.Equal(t, 1, w.posted())
}

// A handler that runs when the worker is told to stop ends, and its client hears of it.
func TestSlowHandlerEnds(t *testing.T) {
	t.Parallel()
	sd := newSystemd(t)
	w := sd.start("-delay", "2s", "-grace", "1m")
	answered := postInBackground(t, sd)
	w.terminate()
	select {
	case <-answered:
		require.Fail(t, "the handler had ended, and shows nothing")
	default:
	}
	require.NoError(t, <-answered)
	require.Zero(t, w.status())
	require.Equal(t, 1, w.posted())
	require.Equal(t, []string{"slow"}, entries(t, sd))
}

// What takes longer than the grace is given up, and the status says so.
func TestGraceEnds(t *testing.T) {
	t.Parallel()
	sd := newSystemd(t)
	w := sd.start("-delay", "1h", "-idle", "100ms", "-grace", "200ms")
	answered := postInBackground(t, sd)
	w.terminate()
	require.Error(t, <-answered)
	require.Equal(t, 1, w.status())
	require.Zero(t, w.posted())
	require.Empty(t, entries(t, sd))
}

// postInBackground returns when the handler has begun.
func postInBackground(t *testing.T, sd *systemd) <-chan error {
	t.Helper()
	c := newClient(t, sd.addr, false)
	answered := make(chan error, 1)
	go func() {
		_, err := c.post(t.Context(), "slow")
		answered <- err
	}()
	require.Eventually(t, func() bool {
		state, err := c.state(t.Context())
		return err == nil && strings.HasSuffix(state, " 1 under way\n")
	}, patience, 10*time.Millisecond)
	return answered
}

// A worker that was started by a program that systemd had started listens by itself.
func TestSocketOfAnotherProcess(t *testing.T) {
	t.Parallel()
	sd := newSystemd(t)
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, "-addr", "127.0.0.1:0", "-journal", sd.journal())
	w := sd.launch(cmd, "LISTEN_FDS=1", "LISTEN_PID="+strconv.Itoa(os.Getpid()))
	w.terminate()
	require.Zero(t, w.status())
	require.Contains(t, w.stdout.String(), "listens on 127.0.0.1:")
	require.NotContains(t, w.stdout.String(), sd.addr)
}

func TestPassed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pid, fds string
		want     int
		err      string
	}{
		"not by systemd":      {"", "", 0, ""},
		"nobody's":            {"", "2", 0, ""},
		"one":                 {"17", "1", 1, ""},
		"several":             {"17", "3", 3, ""},
		"another process":     {"18", "1", 0, ""},
		"another, bad number": {"18", "x", 0, ""},
		"bad process":         {"x", "1", 0, "LISTEN_PID"},
		"bad number":          {"17", "one", 0, "LISTEN_FDS"},
		"no number":           {"17", "", 0, "LISTEN_FDS"},
		"none":                {"17", "0", 0, "LISTEN_FDS"},
		"negative":            {"17", "-1", 0, "LISTEN_FDS"},
		"overflow":            {"17", "99999999999999999999", 0, "LISTEN_FDS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := passed(func(name string) string {
				return map[string]string{"LISTEN_PID": tt.pid, "LISTEN_FDS": tt.fds}[name]
			}, 17)
			require.Equal(t, tt.want, n)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.err)
			}
		})
	}
}

// The test is not parallel, for it sets the environment.
func TestInheritedCleansUp(t *testing.T) {
	t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	t.Setenv("LISTEN_FDS", "none")
	t.Setenv("LISTEN_FDNAMES", "http")
	_, err := inherited()
	require.ErrorContains(t, err, "LISTEN_FDS")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_, set := os.LookupEnv(name)
		require.False(t, set, name)
	}
}

// The test is not parallel, for it sets the environment.
func TestNotify(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	require.NoError(t, notify("READY=1"), "nobody wants to know")

	names := []string{filepath.Join(newSystemd(t).dir, "notify")}
	if runtime.GOOS == "linux" {
		names = append(names, "@activated-test-"+strconv.Itoa(os.Getpid()))
	}
	for _, name := range names {
		t.Setenv("NOTIFY_SOCKET", name)
		require.ErrorContains(t, notify("READY=1"), "NOTIFY_SOCKET", "nobody listens")
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		require.NoError(t, err)
		require.NoError(t, notify("READY=1"))
		said := make([]byte, 100)
		n, err := conn.Read(said)
		require.NoError(t, err)
		require.Equal(t, "READY=1", string(said[:n]))
		require.NoError(t, conn.Close())
	}
}

func TestGraceCoversIdle(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), []string{"-idle", "10s", "-grace", "10s"}, io.Discard, new(bytes.Buffer))
	require.ErrorContains(t, err, "-grace")
}
