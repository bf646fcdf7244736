package loophttp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

type fallible = func(http.ResponseWriter, *http.Request) error

// failingOn returns the bridge of a handler with an error result.
func failingOn(b *loophttp.Bridge, l *loop.Loop, h fallible) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.ServeError(w, r, l, h, nil) })
}

var errTaken = errors.New("the name is taken")

// A writes-then-fails handler leaves nothing of its response.
func writesAndFails(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Etag", "x")
	w.Header().Del("Middleware")
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write([]byte(`{"half": `))
	return fmt.Errorf("write: %w", errTaken)
}

// behind sets a header in front of h.
func behind(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Middleware", "was here")
		h.ServeHTTP(w, r)
	})
}

// asText is an error handler that shows what it gets.
func asText(w http.ResponseWriter, r *http.Request, err error) {
	code := http.StatusTeapot
	if errors.Is(err, errTaken) {
		code = http.StatusConflict
	}
	http.Error(w, fmt.Sprintf("%s %s: %v, started: %t", r.Method, r.URL.Path, err, loophttp.Started(w)), code)
}

func TestErrorIsAnsweredByTheErrorHandler(t *testing.T) {
	t.Parallel()
	for _, two := range []bool{false, true} {
		b, l := &loophttp.Bridge{Name: "p.Handler"}, newLoop(t)
		bridge := failingOn(b, l, writesAndFails)
		s := serve(t, loophttp.HandleErrors(behind(loophttp.HandleErrors(bridge, asText)), func(http.ResponseWriter, *http.Request, error) {
			panic("the outer error handler")
		}), two)
		resp, text := s.ask(t, http.MethodGet, "/names", nil)
		require.Equal(t, http.StatusConflict, resp.StatusCode)
		require.Equal(t, "GET /names: write: the name is taken, started: false\n", text)
		require.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
		require.Empty(t, resp.Header.Get("Etag"))
		require.Equal(t, "was here", resp.Header.Get("Middleware"), "what others have set stays")
		require.Empty(t, s.log.String())
		isFree(t, l)
	}
}

func TestErrorWithoutErrorHandlerIsLogged(t *testing.T) {
	t.Parallel()
	s := serve(t, failingOn(&loophttp.Bridge{Name: "p.Handler"}, newLoop(t), writesAndFails), false)
	resp, text := s.ask(t, http.MethodGet, "/", nil)
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	require.Equal(t, "Internal Server Error\n", text)
	require.Equal(t, "loophttp: p.Handler: write: the name is taken\n", s.log.String())
}

func TestErrorNilSendsTheResponse(t *testing.T) {
	t.Parallel()
	s := serve(t, loophttp.HandleErrors(failingOn(&loophttp.Bridge{}, newLoop(t), func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Etag", "x")
		w.WriteHeader(http.StatusCreated)
		_, err := w.Write([]byte("made " + r.URL.Path))
		return err
	}), asText), false)
	resp, text := s.ask(t, http.MethodGet, "/a", nil)
	require.Equal(t, http.StatusCreated, resp.StatusCode)
	require.Equal(t, "x", resp.Header.Get("Etag"))
	require.Equal(t, "made /a", text)
}

// Once bytes are with the client, there is no other response.
func TestErrorAfterThatOfAResponseInPart(t *testing.T) {
	t.Parallel()
	started := make(chan bool, 2)
	s := serve(t, loophttp.HandleErrors(failingOn(&loophttp.Bridge{}, newLoop(t), func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = w.Write([]byte("first"))
		w.(http.Flusher).Flush()
		_, _ = w.Write([]byte("second"))
		return errTaken
	}), func(w http.ResponseWriter, _ *http.Request, err error) {
		started <- loophttp.Started(w) && errors.Is(err, errTaken)
		_, err = w.Write([]byte("third"))
		started <- err != nil
	}), false)
	resp, text := s.ask(t, http.MethodGet, "/", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "first", text)
	require.True(t, <-started)
	require.True(t, <-started)
}

func TestErrorAbortHandlerClosesTheConnection(t *testing.T) {
	t.Parallel()
	s := serve(t, loophttp.HandleErrors(failingOn(&loophttp.Bridge{}, newLoop(t), func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("enough: %w", http.ErrAbortHandler)
	}), asText), false)
	conn := s.dial(t)
	send(t, conn, get)
	_, err := conn.Read(make([]byte, 1))
	require.Error(t, err)
	require.Empty(t, s.log.String())
}

// What keeps a handler from running is answered as for any bridge.
func TestErrorOfACallThatDidNotRunIsNoHandlersError(t *testing.T) {
	t.Parallel()
	closed := loop.New()
	require.NoError(t, closed.Close())
	ran := func(http.ResponseWriter, *http.Request) error { panic("ran") }
	for name, test := range map[string]struct {
		bridge http.Handler
		code   int
	}{
		"closed":   {failingOn(&loophttp.Bridge{}, closed, ran), http.StatusServiceUnavailable},
		"too much": {failingOn(&loophttp.Bridge{Body: 2}, newLoop(t), ran), http.StatusRequestEntityTooLarge},
		"no loop":  {failingOn(&loophttp.Bridge{}, nil, ran), http.StatusInternalServerError},
	} {
		s := serve(t, loophttp.HandleErrors(test.bridge, asText), false)
		resp, _ := s.ask(t, http.MethodPost, "/", strings.NewReader("body"))
		require.Equal(t, test.code, resp.StatusCode, name)
	}
}

func TestErrorOfADirectBridge(t *testing.T) {
	t.Parallel()
	s := serve(t, loophttp.HandleErrors(failingOn(&loophttp.Bridge{Direct: true}, newLoop(t), func(http.ResponseWriter, *http.Request) error {
		return errTaken
	}), asText), false)
	resp, text := s.ask(t, http.MethodGet, "/", nil)
	require.Equal(t, http.StatusConflict, resp.StatusCode)
	require.Equal(t, "GET /: the name is taken, started: false\n", text)
}

func TestErrorIsReturnedByTry(t *testing.T) {
	t.Parallel()
	b, l := &loophttp.Bridge{Name: "p.Handler", Body: 2}, newLoop(t)
	try := func(body string, h fallible) (*httptest.ResponseRecorder, error) {
		w := httptest.NewRecorder()
		return w, b.Try(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), l, h, nil)
	}
	w, err := try("", writesAndFails)
	require.ErrorIs(t, err, errTaken)
	require.Empty(t, w.Body.String())
	require.Empty(t, w.Header())

	w, err = try("", func(w http.ResponseWriter, _ *http.Request) error { _, err := w.Write([]byte("good")); return err })
	require.NoError(t, err)
	require.Equal(t, "good", w.Body.String())

	w, err = try("body", writesAndFails)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	require.True(t, tooLarge, "%v", err)
	require.Empty(t, w.Body.String())

	require.NoError(t, l.Close())
	_, err = try("", writesAndFails)
	require.ErrorIs(t, err, loop.ErrClosed)
}

// The owner of the loop has an error for requests that it refuses, which are answered as others are.
func TestRefusedWithTheErrorOfTheOwner(t *testing.T) {
	t.Parallel()
	gone := errors.New("manager: it is closed")
	l := newLoop(t, loop.WithClosedError(gone))
	require.NoError(t, l.Close())
	b := &loophttp.Bridge{Name: "p.Handler"}
	err := b.Try(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), l, writesAndFails, nil)
	require.ErrorIs(t, err, gone)
	require.ErrorIs(t, err, loop.ErrClosed)
	require.EqualError(t, err, gone.Error())
	resp, body := serve(t, bridged(b, l, never(t)), false).ask(t, "GET", "/", nil)
	requireUnavailable(t, resp, body)
}

func TestErrorHandlerMustNotBeNil(t *testing.T) {
	t.Parallel()
	require.PanicsWithValue(t, "loophttp: HandleErrors with a nil handler", func() { loophttp.HandleErrors(nil, asText) })
	require.PanicsWithValue(t, "loophttp: HandleErrors with a nil handler", func() { loophttp.HandleErrors(http.NotFoundHandler(), nil) })
}
