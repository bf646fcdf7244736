package loophttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// While handlers hang, probes are answered.
func TestHealthAnswersProbes(t *testing.T) {
	t.Parallel()
	var g loop.ShutdownGroup
	l := newLoop(t, loop.WithName("bank"), loop.WithQueueSize(1))
	g.Add("accounts", l)
	live := loophttp.Health(func() error { return g.Live(time.Nanosecond) })
	ready := loophttp.Health(g.Ready)
	requireHealthy(t, live)
	requireHealthy(t, ready)

	release := occupy(t, l)
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
	code, body := probe(t, live)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Regexp(t, `^accounts: loop "bank" is stuck: .* has held it for `, body)
	code, body = probe(t, ready)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "queue is full")

	release()
	require.NoError(t, g.Shutdown(t.Context()))
	requireHealthy(t, live)
	code, _ = probe(t, ready)
	require.Equal(t, http.StatusServiceUnavailable, code)
}

func requireHealthy(t *testing.T, h http.Handler) {
	t.Helper()
	code, body := probe(t, h)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "ok\n", body)
}

func probe(t *testing.T, h http.Handler) (code int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	return w.Code, w.Body.String()
}
