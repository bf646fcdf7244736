package loophttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// ends are the ways in which a handler does not return, after it has written something.
var ends = map[string]struct {
	end func()
	log string // what net/http logs
}{
	"panic":  {func() { panic("boom") }, "http: panic serving"},
	"abort":  {func() { panic(http.ErrAbortHandler) }, ""},
	"goexit": {runtime.Goexit, ""},
	"status": {nil, "invalid WriteHeader code 1000"},
}

func TestPanicEndsTheConnectionAsWithNetHTTP(t *testing.T) {
	t.Parallel()
	for name, test := range ends {
		h := func(w http.ResponseWriter, _ *http.Request) {
			if test.end == nil {
				w.WriteHeader(1000)
			}
			_, _ = io.WriteString(w, "half")
			test.end()
		}
		for variant, wrap := range wraps(t) {
			t.Run(name+"/"+variant, func(t *testing.T) {
				s := serve(t, wrap(h), false)
				conn := s.dial(t)
				send(t, conn, get)
				text, err := io.ReadAll(conn)
				require.NoError(t, err)
				require.Empty(t, string(text), "nothing of the response may be sent")
				if test.log == "" {
					require.Empty(t, s.log.String())
				} else {
					require.Contains(t, s.log.String(), test.log)
				}
			})
		}
	}
}

// wraps are the ways to serve a handler that must look the same.
func wraps(t *testing.T) map[string]func(handler) http.Handler {
	l := newLoop(t)
	return map[string]func(handler) http.Handler{
		"plain":    func(h handler) http.Handler { return http.HandlerFunc(h) },
		"buffered": func(h handler) http.Handler { return bridged(&loophttp.Bridge{}, l, h) },
		"direct":   func(h handler) http.Handler { return bridged(&loophttp.Bridge{Direct: true}, l, h) },
		"two bridges": func(h handler) http.Handler {
			inner := bridged(&loophttp.Bridge{}, newLoop(t), h)
			return bridged(&loophttp.Bridge{}, l, inner)
		},
	}
}

// What was sent before the panic stays sent, and the client sees that it is not all.
func TestPanicAfterAFlushBreaksTheResponse(t *testing.T) {
	t.Parallel()
	h := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "sent")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "not sent")
		panic(http.ErrAbortHandler)
	}
	for variant, wrap := range wraps(t) {
		for _, two := range []bool{false, true} {
			t.Run(variant, func(t *testing.T) {
				s := serve(t, wrap(h), two)
				resp, err := s.Client().Get(s.URL)
				require.NoError(t, err)
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				require.Error(t, err)
				require.Equal(t, "sent", string(text))
			})
		}
	}
}

// A middleware that recovers finds the value, and can still answer.
func TestPanicReachesAMiddleware(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	errBoom := errors.New("boom")
	h := bridged(&loophttp.Bridge{Name: "x.Handler"}, l, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "half")
		panic(errBoom)
	})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			var p *loop.PanicError
			err, _ := recover().(error)
			if errors.As(err, &p) && errors.Is(err, errBoom) && p.Handler == "x.Handler" {
				http.Error(w, "recovered", http.StatusInternalServerError)
			}
		}()
		h(w, r)
	}), false)
	resp, body := s.ask(t, "GET", "/", nil)
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	require.Equal(t, "recovered\n", body)
	isFree(t, l)
}

// A writer below that panics does so in the handler, which has the loop again.
func TestPanicOfTheWriterBelow(t *testing.T) {
	t.Parallel()
	for _, opt := range [][]loop.Option{nil, {loop.WithThread()}} {
		l := newLoop(t, opt...)
		h := bridged(&loophttp.Bridge{Buffer: 1}, l, func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				// On the loop, a call of the same loop does not wait for itself.
				_, err := loop.Call(r.Context(), l, func(context.Context) (int, error) { return 0, nil })
				require.NoError(t, err)
			}()
			_, _ = io.WriteString(w, "much")
		})
		require.PanicsWithValue(t, http.ErrAbortHandler, func() {
			h(abortingWriter{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil))
		})
		isFree(t, l)
	}
}

type abortingWriter struct{ *httptest.ResponseRecorder }

func (abortingWriter) Write([]byte) (int, error) { panic(http.ErrAbortHandler) }
