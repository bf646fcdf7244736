package loopz_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/loopz"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	h := loopz.HandlerOf(&world{})
	for _, c := range []struct {
		name, peer, host string
		header           []string
		want             int
	}{
		{"loopback", "127.0.0.1:1", "127.0.0.1:8080", nil, 200},
		{"any loopback address", "127.8.8.8:1", "127.0.0.2", nil, 200},
		{"IPv6", "[::1]:1", "[::1]:8080", nil, 200},
		{"IPv6 without a port", "[::1]:1", "[::1]", nil, 200},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:1", "localhost", nil, 200},
		{"upper case", "127.0.0.1:1", "LOCALHOST:80", nil, 200},
		{"another machine", "192.0.2.1:1", "localhost", nil, 403},
		{"the same network", "10.0.0.7:1", "127.0.0.1", nil, 403},
		{"IPv6 from elsewhere", "[2001:db8::1]:1", "localhost", nil, 403},
		{"no address", "@", "localhost", nil, 403},
		{"a name that leads here", "127.0.0.1:1", "evil.example:8080", nil, 403},
		{"a name that begins like it", "127.0.0.1:1", "localhost.evil.example", nil, 403},
		{"a name that ends like it", "127.0.0.1:1", "evil-localhost", nil, 403},
		{"an address in a name", "127.0.0.1:1", "127.0.0.1.evil.example", nil, 403},
		{"no host", "127.0.0.1:1", "", nil, 403},
		{"says it is local", "192.0.2.1:1", "localhost", []string{"X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1"}, 403},
		{"through a proxy here", "127.0.0.1:1", "127.0.0.1:8080", []string{"X-Forwarded-For", "127.0.0.1"}, 403},
		{"through another one", "127.0.0.1:1", "127.0.0.1:8080", []string{"Forwarded", "for=127.0.0.1"}, 403},
		{"and another", "127.0.0.1:1", "127.0.0.1:8080", []string{"Via", "1.1 proxy"}, 403},
		{"own parts", "127.0.0.1:1", "localhost", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, 200},
		{"a link", "127.0.0.1:1", "localhost", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		{"a script of another site", "127.0.0.1:1", "localhost", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a neighbour's port", "127.0.0.1:1", "localhost", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, 403},
		{"a frame", "127.0.0.1:1", "localhost", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, target := range []string{"/debug/loops", "/debug/loops?format=json", "/debug/loops?asset=live.js"} {
				r := request(t, target, c.header...)
				r.RemoteAddr, r.Host = c.peer, c.host
				w := serve(h, r)
				require.Equal(t, c.want, w.Code, target)
				requireProtected(t, w)
			}
		})
	}
}

// Streams are refused as everything else is.
func TestAccessToStream(t *testing.T) {
	t.Parallel()
	w := &world{}
	r := request(t, "/?events")
	r.RemoteAddr = "192.0.2.1:1"
	require.Equal(t, http.StatusForbidden, serve(loopz.HandlerOf(w), r).Code)
	require.Zero(t, w.looks.Load())
}

func TestWithAccess(t *testing.T) {
	t.Parallel()
	h := loopz.HandlerOf(&world{}, loopz.WithAccess(func(r *http.Request) bool { return r.Header.Get("Authorization") == "yes" }))
	r := request(t, "/", "Authorization", "yes")
	r.RemoteAddr, r.Host = "192.0.2.1:1", "ops.example"
	require.Equal(t, http.StatusOK, serve(h, r).Code)
	require.Equal(t, http.StatusForbidden, serve(h, request(t, "/")).Code)
	require.PanicsWithValue(t, "loopz: WithAccess needs a function", func() { loopz.WithAccess(nil) })
	require.PanicsWithValue(t, "loopz: Handler got a nil option", func() { loopz.Handler(nil) })
}

func TestMethods(t *testing.T) {
	t.Parallel()
	h := loopz.HandlerOf(&world{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "BREW"} {
		r := request(t, "/")
		r.Method = method
		w := serve(h, r)
		require.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
		requireProtected(t, w)
	}
	for _, target := range []string{"/?format=html", "/?format=json", "/?asset=loopz.css", "/?events"} {
		r := request(t, target)
		r.Method = http.MethodHead
		w := serve(h, r)
		require.Equal(t, http.StatusOK, w.Code)
		require.Zero(t, w.Body.Len(), target)
	}
}

func requireProtected(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	policy := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		require.Contains(t, policy, part)
	}
	require.NotContains(t, policy, "unsafe")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
	} {
		require.Equal(t, want, w.Header().Get(name), name)
	}
}
