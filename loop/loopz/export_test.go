package loopz

import (
	"net/http"
	"time"
)

// What the tests give the page to show.
type (
	Source     = source
	SlowReport = slowReport
)

// Interval is the shortest time between two states.
const Interval = interval

// HandlerOf is Handler with another source.
func HandlerOf(from Source, opts ...Option) http.Handler {
	p, _ := Handler(opts...).(*page)
	p.watch = newWatch(from, time.Now)
	return p
}
