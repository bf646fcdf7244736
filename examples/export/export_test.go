package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// item is long, so that a few orders fill all buffers on the way to a client.
var item = strings.Repeat("item", 100)

// filled returns a store with n orders, and its web server.
func filled(t testing.TB, n int) (*Store, *httptest.Server) {
	t.Helper()
	s := Open()
	for i := range n {
		_, err := s.Add(t.Context(), item, 1+i%5)
		require.NoError(t, err)
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, s.loop.Shutdown(context.Background()))
	})
	return s, server
}

func requireExport(t *testing.T, body io.Reader, from, n int) {
	t.Helper()
	in := json.NewDecoder(body)
	for number := from; number < from+n; number++ {
		var o order
		require.NoError(t, in.Decode(&o))
		require.Equal(t, order{number, item, 1 + (number-1)%5}, o)
	}
	require.False(t, in.More())
}

func TestSummary(t *testing.T) {
	s, server := filled(t, 3)
	get := func() (int, string) {
		resp, err := http.Get(server.URL + "/summary")
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(text)
	}
	status, text := get()
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"orders":3,"sold":{"`+item+`":6},"exports":0}`, text)
	require.NoError(t, s.loop.Close())
	status, _ = get()
	require.Equal(t, http.StatusServiceUnavailable, status)
}

func TestExport(t *testing.T) {
	_, server := filled(t, 1000)
	for path, want := range map[string][2]int{
		"/orders": {1, 1000}, "/orders?from=301": {301, 700}, "/orders?from=1001": {1001, 0}, "/orders?from=-5": {1, 1000},
	} {
		resp, err := http.Get(server.URL + path)
		require.NoError(t, err)
		requireExport(t, resp.Body, want[0], want[1])
		require.NoError(t, resp.Body.Close())
	}
	resp, err := http.Get(server.URL + "/orders?from=x")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
}

func TestOrdersOfSeveralItems(t *testing.T) {
	s, server := filled(t, 2)
	post := func(values url.Values) (int, string) {
		resp, err := http.PostForm(server.URL+"/orders", values)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(text)
	}
	status, text := post(url.Values{"item": {"apples", "pears", "apples"}, "pieces": {"2"}})
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "3\n4\n5\n", text)
	sum, err := s.Summary(t.Context())
	require.NoError(t, err)
	require.Equal(t, 4, sum.Sold["apples"])
	require.Equal(t, 2, sum.Sold["pears"])
	for _, wrong := range []url.Values{{"pieces": {"2"}}, {"item": {"apples", ""}, "pieces": {"2"}}, {"item": {"apples"}}, {"item": {"apples"}, "pieces": {"0"}}} {
		status, _ = post(wrong)
		require.Equal(t, http.StatusBadRequest, status)
	}
	require.NoError(t, s.loop.Close())
	status, _ = post(url.Values{"item": {"apples"}, "pieces": {"1"}})
	require.Equal(t, http.StatusServiceUnavailable, status)
}

// connect asks for all orders and reads nothing.
func connect(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /orders HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	return conn
}

// waitFor waits until so many exports are under way.
func waitFor(t *testing.T, s *Store, exports int) {
	t.Helper()
	require.Eventually(t, func() bool {
		sum, err := s.Summary(t.Context())
		return err == nil && sum.Exports == exports
	}, time.Minute, time.Millisecond)
}

// Fifty clients who read nothing at all hold up nobody, and when they go, their
// producers end.
func TestSlowClientsHoldUpNobody(t *testing.T) {
	s, server := filled(t, 30_000)
	var conns []net.Conn
	for range 50 {
		conns = append(conns, connect(t, server))
	}
	waitFor(t, s, 50)
	start := time.Now()
	for i := range 100 {
		resp, err := http.PostForm(server.URL+"/orders", url.Values{"item": {"late"}, "pieces": {"1"}})
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, strconv.Itoa(30_001+i)+"\n", string(text))
	}
	require.Less(t, time.Since(start), 20*time.Second, "a hundred orders beside clients who would take for ever")
	for _, c := range conns {
		require.NoError(t, c.Close())
	}
	waitFor(t, s, 0)
}

// A client that gets everything gets what was there when it asked, however many
// orders come while it reads.
func TestExportIsOfOneMoment(t *testing.T) {
	s, server := filled(t, 20_000)
	conn := connect(t, server)
	waitFor(t, s, 1)
	for range 100 {
		_, err := s.Add(t.Context(), "late", 1)
		require.NoError(t, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	requireExport(t, resp.Body, 1, 20_000)
}

// When the store closes in the middle, the client sees that the answer is cut off.
func TestCloseCutsOff(t *testing.T) {
	s, server := filled(t, 30_000)
	conn := connect(t, server)
	waitFor(t, s, 1)
	// Before the first line is out, the connection would end without a response.
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.NoError(t, s.loop.Close())
	_, err = io.Copy(io.Discard, resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	refused, err := http.Get(server.URL + "/orders")
	require.NoError(t, err)
	require.NoError(t, refused.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, refused.StatusCode)
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-orders", "10"}, in, io.Discard) }()
	var base string
	_, err := fmt.Fscanf(out, "listening on %s\n", &base)
	require.NoError(t, err)
	resp, err := http.Get(base + "/orders")
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 10, bytes.Count(text, []byte("\n")))
	cancel()
	require.NoError(t, <-ended)
}

// A guarded is the plain way: a lock, and a copy of all orders to let go of it.
type guarded struct {
	mu sync.Mutex
	s  *store
}

func (g *guarded) export() []order {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]order(nil), g.s.orders...)
}

// BenchmarkExport compares the stream with a copy made under a lock, 100,000 orders.
func BenchmarkExport(b *testing.B) {
	s, _ := filled(b, 100_000)
	b.Run("stream", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			n := 0
			for o, err := range s.Export(b.Context(), 1) {
				if err != nil {
					b.Fatal(err)
				}
				n += o.Pieces
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		b.ReportAllocs()
		g := &guarded{s: s.target}
		for range b.N {
			n := 0
			for _, o := range g.export() {
				n += o.Pieces
			}
		}
	})
}
