package loophttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// answer is a typical handler: it reads a small body and writes a small response.
func answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, "the answer")
}

// BenchmarkServer is a request and its response over loopback, client and all.
func BenchmarkServer(b *testing.B) {
	l := newLoop(b)
	for name, h := range map[string]http.Handler{
		"plain":  http.HandlerFunc(answer),
		"bridge": bridged(&loophttp.Bridge{}, l, answer),
		"direct": bridged(&loophttp.Bridge{Direct: true}, l, answer),
	} {
		b.Run(name, func(b *testing.B) {
			s := serve(b, h, false)
			b.ReportAllocs()
			for b.Loop() {
				resp, err := s.Client().Post(s.URL, "text/plain", strings.NewReader("question"))
				require.NoError(b, err)
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}

// discard is a writer that costs nothing, to leave the cost of the bridge.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkServe is the bridge alone.
func BenchmarkServe(b *testing.B) {
	l := newLoop(b, loop.WithInline())
	for name, h := range map[string]handler{
		"plain":  answer,
		"bridge": bridged(&loophttp.Bridge{}, l, answer),
		"direct": bridged(&loophttp.Bridge{Direct: true}, l, answer),
	} {
		b.Run(name, func(b *testing.B) {
			w := discard{http.Header{}}
			r := httptest.NewRequest("GET", "/", http.NoBody)
			b.ReportAllocs()
			for b.Loop() {
				h(w, r)
			}
		})
	}
}

// What a request with a small response and without a body costs besides: the
// exchange, the handler's context, the handler's request, and the header as it was at
// WriteHeader, which takes two.
func TestCostOfARequest(t *testing.T) {
	if raceEnabled || pureGo {
		t.Skip("the race detector allocates")
	}
	l := newLoop(t)
	w := discard{http.Header{}}
	r := httptest.NewRequest("GET", "/", http.NoBody)
	r = r.WithContext(t.Context())
	h := bridged(&loophttp.Bridge{}, l, answer)
	plain := testing.AllocsPerRun(100, func() { answer(w, r) })
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { h(w, r) })-plain, 6.0)
}
