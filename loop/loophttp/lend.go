package loophttp

import (
	"net/http"

	"github.com/asyncgen/asyncgen/loop"
)

// lend notes that w, if it comes from a handler on another loop than l, is going to
// be used by the handler of l, and returns the function that notes the end of it.
//
// The role of a loop can be given up by its own handler only, and that one is waiting for the
// call. It has decided to keep its loop meanwhile, or has called [loop.Await] to let others
// in; either way there is nothing left to give up.
func lend(w http.ResponseWriter, l *loop.Loop) (back func()) {
	r := enclosing(w)
	if r == nil || r.lent || r.e.loop == l {
		return func() {}
	}
	r.lent = true
	return func() { r.lent = false }
}

// enclosing returns the response that is below w, under whatever a middleware has
// put around it, or nil.
func enclosing(w http.ResponseWriter) *response {
	for {
		switch v := w.(type) {
		case *response:
			return v
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return nil
		}
	}
}
