package loophttp_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// A handler is what a bridge runs.
type handler = func(http.ResponseWriter, *http.Request)

// newLoop returns a loop that ends, and is seen to end, with the test.
func newLoop(t testing.TB, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(opts...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

// bridged returns a handler that runs h on l by way of b, as a generated one does.
func bridged(b *loophttp.Bridge, l *loop.Loop, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { b.Serve(w, r, l, h, nil) }
}

// A server is an HTTP server on loopback that notes what net/http logs.
type server struct {
	*httptest.Server
	log *logged
}

// serve starts a server for h, which speaks HTTP/2 if two is true.
func serve(t testing.TB, h http.Handler, two bool) server {
	t.Helper()
	s := server{httptest.NewUnstartedServer(h), &logged{}}
	s.Config.ErrorLog = log.New(s.log, "", 0)
	if two {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// logged is the log of a server.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// dial connects to the server. Its reads and writes fail after a while, so that a
// test that waits for nothing ends.
func (s server) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// send writes a request as it stands, with the line ends of HTTP.
func send(t testing.TB, conn net.Conn, request string) {
	t.Helper()
	_, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n"))
	require.NoError(t, err)
}

// get is a request without a body.
const get = "GET / HTTP/1.1\nHost: test\n\n"

// receive reads a response with its body from the connection.
func receive(t testing.TB, conn net.Conn, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(text)
}

// ask sends a request with the server's client and returns the response with its body.
func (s server) ask(t testing.TB, method, path string, body io.Reader) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, body)
	require.NoError(t, err)
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(text)
}

// occupy keeps l busy with a handler until release is called.
func occupy(t testing.TB, l *loop.Loop) (release func()) {
	t.Helper()
	started, free := make(chan struct{}), make(chan struct{})
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error {
		close(started)
		<-free
		return nil
	}))
	<-started
	release = sync.OnceFunc(func() { close(free) })
	t.Cleanup(release)
	return release
}

// within waits for c and fails the test if that takes long.
func within(t testing.TB, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing happened", what)
	}
}

// isFree checks that no handler holds l.
func isFree(t testing.TB, l *loop.Loop) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := l.Do(ctx, func(context.Context) error { return nil })
	require.NoError(t, err, "the loop is held by somebody")
}
