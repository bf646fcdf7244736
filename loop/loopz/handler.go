package loopz

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// An Option changes what [Handler] returns. A nil option panics.
type Option interface{ apply(p *page) }

type option func(p *page)

func (o option) apply(p *page) { o(p) }

// WithAccess lets allow decide which clients may see the page, instead of the rule that only
// clients on the same machine may. It is called for every request, by several goroutines at the
// same time, and has to look after everything: a page that is open to a network needs a login.
// WithAccess panics if allow is nil.
func WithAccess(allow func(*http.Request) bool) Option {
	if allow == nil {
		panic("loopz: WithAccess needs a function")
	}
	return option(func(p *page) { p.allow = allow })
}

// Handler returns the page of all loops of the program. It serves all that it needs
// under the path at which it is mounted, whichever that is.
//
// The handler may be used by any number of servers. Each of them ends its streams
// when its Shutdown begins.
func Handler(opts ...Option) http.Handler {
	p := &page{allow: local, watch: newWatch(program{}, time.Now)}
	for _, o := range opts {
		if o == nil {
			panic("loopz: Handler got a nil option")
		}
		o.apply(p)
	}
	return p
}

// page is the handler.
type page struct {
	allow   func(*http.Request) bool
	watch   *watch
	servers servers
	streams atomic.Int64
}

// ServeHTTP answers with the page, a file that belongs to it, the stream of its
// changes, or the state as text or JSON. All of them have the same path, and differ
// in the query, because a handler cannot know where it is mounted.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	switch {
	case !p.allow(r):
		http.Error(w, "loopz: this page answers only to clients on the same machine that ask for localhost", http.StatusForbidden)
		return
	case foreign(r):
		http.Error(w, "loopz: this request was made by another site", http.StatusForbidden)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "loopz: this page changes nothing", http.StatusMethodNotAllowed)
		return
	}
	p.servers.note(r)
	query := r.URL.Query()
	switch {
	case query.Has("asset"):
		serveAsset(w, r, query.Get("asset"))
	case query.Has("events"):
		p.stream(w, r)
	default:
		p.report(w, r, format(query.Get("format"), r.Header.Get("Accept")))
	}
}

// format returns the client's format: "html", "json" or "text", or the name in the request,
// which may be anything.
func format(asked, accept string) string {
	switch {
	case asked != "":
		return asked
	case strings.Contains(accept, "text/html"):
		return "html"
	case strings.Contains(accept, "application/json"):
		return "json"
	}
	return "text"
}
