package loophttp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// big is more than the buffers of two ends of a connection hold.
const big = 64 << 20

// A client that reads a byte a second is in nobody's way, neither while its response
// is streamed nor while it is sent at the end, on any executor.
func TestStreamToASlowClientHoldsUpNobody(t *testing.T) {
	t.Parallel()
	executors := map[string][]loop.Option{
		"default": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
	}
	for executor, opts := range executors {
		for name, b := range map[string]*loophttp.Bridge{"streamed": {}, "held": {Buffer: -1}} {
			t.Run(executor+"/"+name, func(t *testing.T) {
				t.Parallel()
				l := newLoop(t, opts...)
				mux := http.NewServeMux()
				part := make([]byte, 256<<10)
				mux.HandleFunc("/big", bridged(b, l, func(w http.ResponseWriter, _ *http.Request) {
					for range big / len(part) {
						if _, err := w.Write(part); err != nil {
							return // the test has seen enough
						}
					}
				}))
				mux.HandleFunc("/small", bridged(&loophttp.Bridge{}, l, write("small")))
				s := serve(t, mux, false)
				slow := readSlowly(t, s)
				began := time.Now()
				for range 100 {
					resp, body := s.ask(t, "GET", "/small", nil)
					require.Equal(t, http.StatusOK, resp.StatusCode)
					require.Equal(t, "small", body)
				}
				require.Less(t, time.Since(began), 5*time.Second)
				isFree(t, l)
				require.False(t, slow.done(), "the slow client has got everything: it was no test")
				require.NoError(t, slow.conn.Close())
			})
		}
	}
}

// A slowClient reads one byte a second.
type slowClient struct {
	conn  net.Conn
	ended chan struct{}
}

func (c slowClient) done() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// readSlowly asks for /big and returns when the first byte is there.
func readSlowly(t *testing.T, s server) slowClient {
	t.Helper()
	c := slowClient{s.dial(t), make(chan struct{})}
	tcp, ok := c.conn.(*net.TCPConn)
	require.True(t, ok)
	require.NoError(t, tcp.SetReadBuffer(4<<10))
	send(t, c.conn, "GET /big HTTP/1.1\nHost: x\n\n")
	one := make([]byte, 1)
	_, err := c.conn.Read(one)
	require.NoError(t, err)
	go func() {
		defer close(c.ended)
		for {
			time.Sleep(time.Second)
			if _, err := c.conn.Read(one); err != nil {
				return
			}
		}
	}()
	return c
}

// Over HTTP/2, a client that does not read has a stream that is full, on a
// connection that others share.
func TestStreamOverHTTP2HoldsUpNobody(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	mux := http.NewServeMux()
	ended := make(chan struct{})
	const part = 256 << 10
	mux.HandleFunc("/big", bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		for range big / part {
			if _, err := w.Write(make([]byte, part)); err != nil {
				<-r.Context().Done()
				return
			}
		}
		t.Error("everything was written: it was no test")
	}))
	mux.HandleFunc("/small", bridged(&loophttp.Bridge{}, l, write("small")))
	s := serve(t, mux, true)
	slow, err := s.Client().Get(s.URL + "/big")
	require.NoError(t, err)
	require.Equal(t, 2, slow.ProtoMajor)
	for range 100 {
		_, body := s.ask(t, "GET", "/small", nil)
		require.Equal(t, "small", body)
	}
	isFree(t, l)
	require.NoError(t, slow.Body.Close()) // the client goes
	within(t, ended, "the handler does not see that the client has gone")
}

// What is held is sent when the next write would be too much, and not before.
func TestStreamHoldsUpToTheLimit(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	below := newGated(t)
	done := background(func() {
		bridged(&loophttp.Bridge{Buffer: 10}, l, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "12345")
			_, _ = io.WriteString(w, "67890")
			below.open <- struct{}{} // nothing has been written yet, or this would wait for ever
			_, _ = io.WriteString(w, "more")
			_, _ = io.WriteString(w, "rest")
		})(below, httptest.NewRequest("GET", "/", nil))
	})
	require.Equal(t, "1234567890", <-below.parts)
	isFree(t, l) // the handler waits for a client that waits for us
	below.open <- struct{}{}
	require.Equal(t, "more", <-below.parts)
	below.open <- struct{}{}
	require.Equal(t, "rest", <-below.parts)
	within(t, done, "the handler does not end")
}

// gated is a writer whose writes wait until they are let through, or the test ends.
type gated struct {
	*httptest.ResponseRecorder
	parts chan string
	open  chan struct{}
	ended chan struct{}
}

func newGated(t *testing.T) *gated {
	// One write may be let through ahead.
	g := &gated{httptest.NewRecorder(), make(chan string), make(chan struct{}, 1), make(chan struct{})}
	t.Cleanup(func() { close(g.ended) })
	return g
}

func (g *gated) Write(p []byte) (int, error) {
	select {
	case <-g.open:
	case <-g.ended:
		return 0, net.ErrClosed
	}
	select {
	case g.parts <- string(p):
		return len(p), nil
	case <-g.ended:
		return 0, net.ErrClosed
	}
}

// background runs f in a goroutine of its own.
func background(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

func TestStreamErrorEndsTheResponse(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	broken := &brokenWriter{ResponseRecorder: httptest.NewRecorder(), err: errors.New("the client has gone")}
	bridged(&loophttp.Bridge{Buffer: 2}, l, func(w http.ResponseWriter, _ *http.Request) {
		n, err := io.WriteString(w, "abc")
		require.Zero(t, n)
		require.ErrorIs(t, err, broken.err)
		_, err = io.WriteString(w, "d")
		require.ErrorIs(t, err, broken.err)
		require.ErrorIs(t, http.NewResponseController(w).Flush(), broken.err)
	})(broken, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 1, broken.writes)
}

type brokenWriter struct {
	*httptest.ResponseRecorder
	err    error
	writes int
}

func (w *brokenWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, w.err
}

// Nothing is sent while the handler runs, and a flush sends at once.
func TestFlushSendsWhatThereIsWithoutHoldingTheLoop(t *testing.T) {
	t.Parallel()
	for _, two := range []bool{false, true} {
		l := newLoop(t)
		next := make(chan struct{})
		s := serve(t, bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, r *http.Request) {
			for _, event := range []string{"one", "two"} {
				_, _ = io.WriteString(w, event)
				w.(http.Flusher).Flush()
				err := loop.Await(r.Context(), func(context.Context) error {
					<-next
					return nil
				})
				require.NoError(t, err)
			}
			_, _ = io.WriteString(w, "end")
		}), two)
		resp, err := s.Client().Get(s.URL)
		require.NoError(t, err)
		part := make([]byte, 3)
		for _, event := range []string{"one", "two"} {
			_, err = io.ReadFull(resp.Body, part)
			require.NoError(t, err)
			require.Equal(t, event, string(part))
			isFree(t, l)
			next <- struct{}{}
		}
		rest, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "end", string(rest))
		require.NoError(t, resp.Body.Close())
	}
}

func TestFlushIsReportedIfItCannotBe(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	rec := httptest.NewRecorder()
	bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "x")
		require.ErrorIs(t, http.NewResponseController(w).Flush(), http.ErrNotSupported)
	})(onlyWriter{rec}, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, "x", rec.Body.String())
}

// onlyWriter hides what else a writer can do.
type onlyWriter struct{ http.ResponseWriter }

func TestEarlyHintsAreSentBeforeTheHandlerEnds(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	next := make(chan struct{})
	s := serve(t, bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		<-next
		_, _ = io.WriteString(w, "page")
	}), false)
	conn := s.dial(t)
	send(t, conn, get)
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusEarlyHints, resp.StatusCode)
	require.Equal(t, "</style.css>", resp.Header.Get("Link"))
	close(next)
	resp, err = http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestControllerReachesTheConnection(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	failed := make(chan error, 1)
	s := serve(t, bridged(&loophttp.Bridge{Buffer: 1 << 10}, l, func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(w)
		require.NoError(t, control.EnableFullDuplex())
		require.NoError(t, control.SetReadDeadline(time.Now().Add(time.Hour)))
		require.NoError(t, control.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				failed <- err
				return
			}
		}
	}), false)
	conn := s.dial(t) // it never reads
	send(t, conn, get)
	select {
	case err := <-failed:
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	case <-time.After(20 * time.Second):
		require.FailNow(t, "the deadline does not hold")
	}
}

func TestHijackIsRefusedWithWords(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	s := serve(t, bridged(&loophttp.Bridge{Name: "chat.Socket"}, l, func(w http.ResponseWriter, _ *http.Request) {
		_, _, err := http.NewResponseController(w).Hijack()
		require.ErrorIs(t, err, http.ErrNotSupported)
		http.Error(w, err.Error(), http.StatusNotImplemented)
	}), false)
	resp, body := s.ask(t, "GET", "/", nil)
	require.Equal(t, http.StatusNotImplemented, resp.StatusCode)
	require.Equal(t, "loophttp: the response of chat.Socket is buffered, only a direct bridge can be hijacked: "+
		"feature not supported\n", body)
}

func TestDirectGivesTheConnection(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	s := serve(t, bridged(&loophttp.Bridge{Direct: true, Body: 1}, l, func(w http.ResponseWriter, r *http.Request) {
		text := make([]byte, 5)
		_, err := io.ReadFull(r.Body, text) // from the network, and more than Body says
		require.NoError(t, err)
		require.Equal(t, "hello", string(text))
		conn, _, err := http.NewResponseController(w).Hijack()
		require.NoError(t, err)
		require.NoError(t, loop.Sleep(r.Context(), time.Millisecond))
		_, _ = io.WriteString(conn, "raw")
		_ = conn.Close()
	}), false)
	conn := s.dial(t)
	send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Length: 10\n\nhello")
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, "raw", string(text))
}

func TestWriteAfterTheEndGoesNowhere(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	rec := httptest.NewRecorder()
	var kept http.ResponseWriter
	bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, _ *http.Request) {
		kept = w
		_, _ = io.WriteString(w, "x")
	})(rec, httptest.NewRequest("GET", "/", nil))
	_, err := io.WriteString(kept, "y")
	require.EqualError(t, err, "loophttp: write after the handler has returned")
	_, err = kept.Write([]byte("y"))
	require.Error(t, err)
	require.Error(t, http.NewResponseController(kept).Flush())
	kept.WriteHeader(http.StatusTeapot)
	require.Equal(t, "x", rec.Body.String())
}

// Responses do not get each other's bytes, although they share memory.
func TestResponsesAreKeptApart(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	h := bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat(r.URL.Path, 100))
		_ = loop.Sleep(r.Context(), 0)
		_, _ = io.WriteString(w, strings.Repeat(r.URL.Path, 100))
	})
	var ends []<-chan struct{}
	for i := range 8 {
		path := "/" + strings.Repeat("x", i)
		ends = append(ends, background(func() {
			for range 50 {
				rec := httptest.NewRecorder()
				h(rec, httptest.NewRequest("GET", path, nil))
				if rec.Body.String() != strings.Repeat(path, 200) {
					t.Error("a response has bytes of another")
				}
			}
		}))
	}
	for _, end := range ends {
		within(t, end, "requests do not end")
	}
}

func TestSuperfluousStatusNamesTheCaller(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	s := serve(t, bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		http.Error(w, "too late", http.StatusBadRequest)
	}), false)
	resp, _ := s.ask(t, "GET", "/", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Regexp(t, `^http: superfluous response.WriteHeader call from .*loophttp_test\.\S+ \(response_test\.go:\d+\)\n$`,
		s.log.String())
}
