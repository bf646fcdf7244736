package loopz

import (
	"net/http"
	"time"
)

// Source is what the tests give the page to show.
type Source = source

// Interval is the shortest time between two states.
const Interval = interval

// HandlerOf is Handler with another source.
func HandlerOf(from Source, opts ...Option) http.Handler {
	p, _ := Handler(opts...).(*page)
	p.watch = newWatch(from, time.Now)
	return p
}

// Take returns a function that takes a state and prepares it for clients.
func Take(from Source) func() {
	w := newWatch(from, time.Now)
	var last *state
	return func() {
		last = w.take(time.Now(), last)
		last.encode()
	}
}
