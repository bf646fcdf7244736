package loophttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// never is a handler that must not run.
func never(t testing.TB) handler {
	return func(http.ResponseWriter, *http.Request) { t.Error("the handler has run") }
}

// requireUnavailable checks the answer to a request that may be made again.
func requireUnavailable(t testing.TB, resp *http.Response, body string) {
	t.Helper()
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Equal(t, "1", resp.Header.Get("Retry-After"))
	require.Equal(t, "The service is not available, try again later.\n", body)
}

func TestRefusedWhenTheLoopIsClosed(t *testing.T) {
	t.Parallel()
	for _, b := range []*loophttp.Bridge{{}, {Direct: true}} {
		l := newLoop(t)
		require.NoError(t, l.Close())
		s := serve(t, bridged(b, l, never(t)), false)
		resp, body := s.ask(t, "POST", "/", strings.NewReader("something"))
		requireUnavailable(t, resp, body)
		require.Empty(t, s.log.String())
	}
}

func TestRefusedWhenTheLoopIsFull(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
	release := occupy(t, l)
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
	s := serve(t, bridged(&loophttp.Bridge{}, l, never(t)), false)
	resp, body := s.ask(t, "GET", "/", nil)
	requireUnavailable(t, resp, body)
	release()
}

func TestRefusedWhenTheQueueIsClosedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		rec := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			bridged(&loophttp.Bridge{}, l, never(t))(rec, httptest.NewRequest("GET", "/", nil))
		}()
		synctest.Wait()
		require.NoError(t, l.Close())
		<-done
		release()
		requireUnavailable(t, rec.Result(), rec.Body.String())
	})
}

// The program is wrong and not only busy, so it says so where net/http does, and
// tells the client nothing about itself.
func TestRefusedOfAFaultIsLoggedOnly(t *testing.T) {
	t.Parallel()
	var b loophttp.Bridge
	b.Name = "shop.Shop.Secret"
	faults := map[string]struct {
		path string
		want error
	}{
		"no loop":  {"/nil", loop.ErrNoLoop},
		"deadlock": {"/cycle", nil},
		"again":    {"/again", loop.ErrReentrant},
	}
	one, two := newLoop(t, loop.WithName("one")), newLoop(t, loop.WithName("two"))
	again := loophttp.Bridge{Name: "shop.Shop.Again", NonReentrant: true}
	mux := http.NewServeMux()
	mux.HandleFunc("/nil", bridged(&b, nil, never(t)))
	mux.HandleFunc("/again", bridged(&loophttp.Bridge{}, one, func(w http.ResponseWriter, r *http.Request) {
		again.Serve(w, r, one, never(t), nil)
	}))
	mux.HandleFunc("/cycle", bridged(&loophttp.Bridge{}, one, func(w http.ResponseWriter, r *http.Request) {
		err := two.Do(r.Context(), func(ctx context.Context) error {
			b.Serve(w, r.WithContext(ctx), one, never(t), nil)
			return nil
		})
		require.NoError(t, err)
	}))
	s := serve(t, mux, false)
	for name, fault := range faults {
		resp, body := s.ask(t, "GET", fault.path, nil)
		require.Equal(t, http.StatusInternalServerError, resp.StatusCode, name)
		require.Equal(t, "Internal Server Error\n", body)
		require.Empty(t, resp.Header.Get("Retry-After"))
	}
	logs := s.log.String()
	require.Contains(t, logs, "loophttp: shop.Shop.Secret (refuse_test.go:")
	require.Contains(t, logs, "did not run: the loop is nil")
	require.Contains(t, logs, "it would be a deadlock")
	require.Contains(t, logs, "shop.Shop.Again (refuse_test.go:")
}

func TestRefusedOfAFaultWithoutServerUsesTheStandardLog(t *testing.T) {
	// Not parallel: the standard logger belongs to all.
	var text bytes.Buffer
	before := log.Default().Writer()
	log.SetOutput(&text)
	defer log.SetOutput(before)
	rec := httptest.NewRecorder()
	bridged(&loophttp.Bridge{Name: "x"}, nil, never(t))(rec, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, http.StatusInternalServerError, rec.Code)
	require.Contains(t, text.String(), "the loop is nil")
}

// The position is that of the method, which a method value does not know.
func TestRefusedNamesTheHandlersPosition(t *testing.T) {
	t.Parallel()
	b := loophttp.Bridge{Name: "x.endpoint.serve"}
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.Serve(w, r, nil, endpoint{}.serve, endpoint.serve)
	}), false)
	s.ask(t, "GET", "/", nil)
	require.Contains(t, s.log.String(), "x.endpoint.serve (refuse_test.go:")
}

type endpoint struct{}

func (endpoint) serve(http.ResponseWriter, *http.Request) {}

func TestCanceledWhileQueuedDoesNotRun(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	release := occupy(t, l)
	returned := make(chan struct{})
	h := bridged(&loophttp.Bridge{}, l, never(t))
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(returned)
		h(w, r)
	}), false)
	conn := s.dial(t)
	send(t, conn, get)
	for l.Stats().Queued == 0 {
		time.Sleep(time.Millisecond)
	}
	require.NoError(t, conn.Close())
	within(t, returned, "the client has gone and the call is still queued")
	require.Equal(t, int64(1), l.Stats().Canceled)
	release()
	isFree(t, l)
}

// Of a context that ends, nobody can tell whether the client is still there. If it
// is, it must not be told that all went well.
func TestCanceledWhileQueuedIsNotASuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		rec := httptest.NewRecorder()
		began := time.Now()
		bridged(&loophttp.Bridge{}, l, never(t))(rec, httptest.NewRequestWithContext(ctx, "GET", "/", nil))
		require.Equal(t, time.Hour, time.Since(began))
		requireUnavailable(t, rec.Result(), rec.Body.String())
		release()
	})
}

func TestCanceledWhileRunningEndsTheHandlersContext(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "POST / HTTP/1.1\nHost: x\nContent-Length: 4\n\nbody"} {
		l := newLoop(t)
		started, returned := make(chan struct{}), make(chan struct{})
		s := serve(t, bridged(&loophttp.Bridge{}, l, func(_ http.ResponseWriter, r *http.Request) {
			defer close(returned)
			close(started)
			<-r.Context().Done()
		}), false)
		conn := s.dial(t)
		if body == "" {
			body = get
		}
		send(t, conn, body)
		within(t, started, "the handler has not started")
		require.NoError(t, conn.Close())
		within(t, returned, "the handler does not see that the client has gone")
	}
}

func TestContextIsTheHandlers(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	inner := loophttp.Bridge{Name: "inner"}
	s := serve(t, bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, r *http.Request) {
		require.NotNil(t, r.Context().Value(http.ServerContextKey))
		_, _ = io.WriteString(w, "outer ")
		inner.Serve(w, r, l, func(w http.ResponseWriter, r *http.Request) { // runs inline
			w.WriteHeader(http.StatusTeapot) // too late
			_, _ = io.WriteString(w, "inner ")
		}, nil)
		_, err := loop.AwaitValue(r.Context(), func(ctx context.Context) (struct{}, error) {
			return loop.Call(context.WithoutCancel(context.Background()), l, func(context.Context) (struct{}, error) {
				return struct{}{}, nil
			})
		})
		require.NoError(t, err)
		_, _ = io.WriteString(w, "outer")
	}), false)
	resp, body := s.ask(t, "GET", "/", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "outer inner outer", body)
	require.Contains(t, s.log.String(), "http: superfluous response.WriteHeader call from")
}

func TestContextEndsWithTheLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(t)
		rec := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				if errors.Is(context.Cause(r.Context()), loop.ErrClosed) {
					w.WriteHeader(http.StatusTeapot)
				}
			})(rec, httptest.NewRequest("GET", "/", nil))
		}()
		synctest.Wait()
		require.NoError(t, l.Close())
		<-done
		require.Equal(t, http.StatusTeapot, rec.Code)
	})
}
