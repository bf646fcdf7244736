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

// wrapped is what a middleware makes of a writer.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A bridge that is called with the writer of another, as a handler may do, streams
// through both, whoever runs their loops.
func TestStreamThroughTwoBridges(t *testing.T) {
	t.Parallel()
	executors := map[string][]loop.Option{
		"default": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
	}
	for outer, outerOpts := range executors {
		for inner, innerOpts := range executors {
			t.Run(outer+"/"+inner, func(t *testing.T) {
				t.Parallel()
				a, b := newLoop(t, outerOpts...), newLoop(t, innerOpts...)
				text := strings.Repeat("0123456789", 1000)
				second := bridged(&loophttp.Bridge{Buffer: 100}, b, func(w http.ResponseWriter, _ *http.Request) {
					for part := range 100 {
						_, _ = io.WriteString(w, text[part*100:part*100+100])
					}
					w.(http.Flusher).Flush()
				})
				first := bridged(&loophttp.Bridge{Buffer: 70}, a, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.WriteString(w, "first ")
					second(wrapped{w}, r)
					_, _ = io.WriteString(w, " last")
				})
				s := serve(t, first, false)
				_, body := s.ask(t, "GET", "/", nil)
				require.Equal(t, "first "+text+" last", body)
				require.Empty(t, s.log.String())
				isFree(t, a)
				isFree(t, b)
			})
		}
	}
}

// Nobody is held up by what a handler writes after it has handed its writer to a
// bridge of another loop, or through a bridge of its own.
func TestStreamAfterAnotherBridgeHoldsUpNobody(t *testing.T) {
	t.Parallel()
	a, b := newLoop(t), newLoop(t)
	other := bridged(&loophttp.Bridge{}, b, func(http.ResponseWriter, *http.Request) {})
	own := bridged(&loophttp.Bridge{Direct: true}, a, write("own"))
	below := newGated(t)
	done := background(func() {
		bridged(&loophttp.Bridge{Buffer: 1}, a, func(w http.ResponseWriter, r *http.Request) {
			other(w, r)
			_, _ = io.WriteString(w, "after")
			own(w, r)
		})(below, httptest.NewRequest("GET", "/", nil))
	})
	for _, want := range []string{"after", "own"} {
		isFree(t, a)
		below.open <- struct{}{}
		require.Equal(t, want, <-below.parts)
	}
	within(t, done, "the handler does not end")
}
