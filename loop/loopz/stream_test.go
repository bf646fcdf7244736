package loopz_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopz"
)

// A stream is the events that a client gets.
type stream struct {
	*bufio.Scanner
	t *testing.T
}

func follow(t *testing.T, url string) stream {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 16<<20)
	return stream{lines, t}
}

// next returns the next event of this name and skips others.
func (s stream) next(name string) string {
	s.t.Helper()
	for s.Scan() {
		if s.Text() == "event: "+name {
			require.True(s.t, s.Scan())
			return strings.TrimPrefix(s.Text(), "data: ")
		}
	}
	require.FailNow(s.t, "the stream has ended", "%v", s.Err())
	return ""
}

// firstBytes returns what is sent at once.
func firstBytes(t *testing.T, h http.Handler, target string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	return serve(h, request(t, target).WithContext(ctx)).Body.String()
}

// Only what is different is sent.
func TestStreamTellsChanges(t *testing.T) {
	t.Parallel()
	busy, quiet := loop.New(loop.WithName("busy")), loop.New(loop.WithName("quiet"))
	server := httptest.NewServer(loopz.HandlerOf(&world{loops: []*loop.Loop{busy, quiet}}))
	t.Cleanup(server.Close)
	s := follow(t, server.URL+"?events")
	all := s.next("state")
	require.Contains(t, all, `"busy"`)
	require.Contains(t, all, `"quiet"`)
	s.next("change") // the first one after the first tells the rates, which were not known
	_, err := handler("x.X").Call(t.Context(), busy, func(context.Context) (int, error) { return 0, nil })
	require.NoError(t, err)
	change := s.next("change")
	require.Contains(t, change, `"busy"`)
	require.NotContains(t, change, `"quiet"`)
	require.NotContains(t, change, `"deadlocks":null`)
}

func TestStreamTellsOneLoop(t *testing.T) {
	t.Parallel()
	l := held(t, "one", "x.Hold", "x.Next", 20)
	server := httptest.NewServer(loopz.HandlerOf(&world{loops: []*loop.Loop{l}}))
	t.Cleanup(server.Close)
	detail := follow(t, fmt.Sprintf("%s?events&loop=%d", server.URL, l.ID())).next("detail")
	require.Equal(t, 20, strings.Count(detail, "x.Next"))
	require.Equal(t, "null", follow(t, server.URL+"?events&loop=0").next("detail"))
}

// However many look, the loops are looked at twice a second, and not at all when
// nobody does.
func TestStreamsShareSnapshots(t *testing.T) {
	t.Parallel()
	w := &world{}
	h := loopz.HandlerOf(w)
	var all sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
	defer cancel()
	for range 20 {
		all.Go(func() { serve(h, request(t, "/?events").WithContext(ctx)) })
		all.Go(func() { serve(h, request(t, "/?format=json")) })
	}
	all.Wait()
	seen := w.looks.Load()
	require.GreaterOrEqual(t, seen, int64(2))
	require.LessOrEqual(t, seen, int64(3))
	time.Sleep(loopz.Interval + 100*time.Millisecond)
	require.Equal(t, seen, w.looks.Load(), "somebody looks though nobody asks")
}

// A client that does not read is dropped, and disturbs nobody before.
func TestStreamDropsSlowClients(t *testing.T) {
	t.Parallel()
	w := &world{}
	for range 3000 {
		w.loops = append(w.loops, loop.New(loop.WithName(strings.Repeat("long name ", 100))))
	}
	ended := make(chan struct{})
	h := loopz.HandlerOf(w)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(rw, r)
		if r.URL.Query().Has("mine") {
			close(ended)
		}
	}))
	t.Cleanup(server.Close)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET /?events&mine HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	// Somebody else is served while that one is stuck.
	follow(t, server.URL+"?events").next("state")
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		require.Fail(t, "the client is still waited for")
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(loopz.HandlerOf(&world{}))
	t.Cleanup(server.Close)
	for range 3 {
		follow(t, server.URL+"?events").next("state")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, server.Config.Shutdown(ctx))
}

// A server's WriteTimeout is for answers that have an end.
func TestStreamOutlivesWriteTimeout(t *testing.T) {
	t.Parallel()
	l := loop.New()
	server := httptest.NewUnstartedServer(loopz.HandlerOf(&world{loops: []*loop.Loop{l}}))
	server.Config.WriteTimeout = 100 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	s := follow(t, server.URL+"?events")
	s.next("state")
	s.next("change")
}

func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	h := loopz.HandlerOf(&world{})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var began sync.WaitGroup
	began.Add(64)
	for range 64 {
		all.Go(func() {
			h.ServeHTTP(&beginning{ResponseRecorder: httptest.NewRecorder(), began: began.Done}, request(t, "/?events").WithContext(ctx))
		})
	}
	began.Wait()
	w := serve(h, request(t, "/?events"))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	cancel()
	all.Wait()
	require.Contains(t, firstBytes(t, h, "/?events"), "event: state")
}

// A beginning tells when something has been written first.
type beginning struct {
	*httptest.ResponseRecorder
	began func()
	once  sync.Once
}

func (b *beginning) Write(p []byte) (int, error) {
	b.once.Do(b.began)
	return b.ResponseRecorder.Write(p)
}
