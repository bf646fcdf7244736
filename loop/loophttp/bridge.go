package loophttp

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

const (
	// DefaultBody is how many bytes of a request's body are read ahead if the bridge sets no
	// limit: 1 MiB.
	DefaultBody = 1 << 20
	// DefaultBuffer is how many bytes of a response are held on the loop if the bridge sets no
	// limit: 1 MiB.
	DefaultBuffer = 1 << 20
)

// retryAfter is the wait that is proposed to a refused client, in seconds. How long a queue
// takes is not known any better.
const retryAfter = "1"

// A Bridge describes an HTTP handler to the runtime: generated code holds one per
// handler, in a package-level variable, and calls Serve.
//
// The zero value works; a name makes its errors readable. The fields must not
// change, and a Bridge must not be copied, after its first use. Serve may be called
// by any goroutine at any time.
type Bridge struct {
	// Name names the handler in errors and statistics: "server.Server.Script".
	Name string
	// Body is how many bytes a request's body may have. Zero means DefaultBody; if it is less
	// than zero, there is no limit.
	Body int64
	// Buffer is how many bytes of a response are held before they are streamed out. Zero means
	// DefaultBuffer; if it is less than zero, there is no limit.
	Buffer int
	// Direct gives the handler the connection itself: its reads and writes are
	// network I/O on the loop. Body and Buffer have no meaning then.
	Direct bool
	// NonReentrant refuses a call from a handler of the same loop.
	NonReentrant bool

	once  sync.Once // sets up calls
	calls loopimpl.Bridge
	slabs sync.Pool // of *[]byte, for responses; no channel inside
}

// Serve answers the request with handler, which it runs on l, and returns when the
// response has been handed to w. It is called in the goroutine that serves the
// request, outside of the loop.
//
// source is a function whose position stands for the handler's in errors. Of a method value, which
// has no position, it is the method as an expression, such as (*Server).Page; nil means handler.
func (b *Bridge) Serve(w http.ResponseWriter, r *http.Request, l *loop.Loop,
	handler func(http.ResponseWriter, *http.Request), source any,
) {
	e := &exchange{bridge: b, w: w, r: r, handler: handler, source: source}
	if err := e.serve(l); err != nil {
		refuse(w, r, err)
	}
}

// serve runs the handler on l and sends its response. The error is that of the handler, if it has
// set e.err, or the reason why the handler did not run.
func (e *exchange) serve(l *loop.Loop) error {
	b := e.bridge
	b.once.Do(func() { b.calls.Name, b.calls.NonReentrant = b.Name, b.NonReentrant })
	if !b.Direct {
		body, err := b.readAhead(e.w, e.r)
		if err != nil {
			return &bodyError{err}
		}
		e.body = body
	}
	if err := e.call(e.r.Context(), l); err != nil {
		if e.err != nil && !b.Direct {
			e.response.discard()
		}
		return err
	}
	if !b.Direct {
		e.response.finish()
	}
	return nil
}

// A bodyError is a request whose body could not be read ahead.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "loophttp: read the request's body: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// refuse answers a request whose handler did not run.
//
// A client that has gone gets no answer, but neither the end of the context nor that of the
// client's half of the connection proves that it has. Without an answer net/http would report
// success to a client that is still there.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if body, ok := errors.AsType[*bodyError](err); ok {
		code := unreadable(body.err)
		http.Error(w, http.StatusText(code), code)
		return
	}
	if errors.Is(err, loop.ErrFull) || errors.Is(err, loop.ErrClosed) || errors.Is(err, loop.ErrCanceled) {
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "The service is not available, try again later.", http.StatusServiceUnavailable)
		return
	}
	// The program has to be repaired: trying again does not help.
	logger(r).Printf("loophttp: %v", err)
	code := http.StatusInternalServerError
	http.Error(w, http.StatusText(code), code)
}

// An exchange is one request on its way to its handler and the response on its way back. It is
// not pooled: a handler may have left its writer or its request with code that uses them when
// it should not, and that must not reach another client.
type exchange struct {
	bridge  *Bridge
	w       http.ResponseWriter
	r       *http.Request
	loop    *loop.Loop
	handler func(http.ResponseWriter, *http.Request) // or
	failing func(http.ResponseWriter, *http.Request) error
	err     error // of failing
	source  any
	body    *memory // what has been read ahead, or nil if there was nothing to read

	response response
}

// call runs the handler on l. [http.ErrAbortHandler] is raised as it is, because
// net/http compares it; any other panic comes with the handler's name and stack.
func (e *exchange) call(ctx context.Context, l *loop.Loop) error {
	e.loop = l
	defer lend(e.w, l)()
	defer func() {
		v := recover()
		if p, ok := v.(*loop.PanicError); ok && p.Value == http.ErrAbortHandler {
			panic(http.ErrAbortHandler)
		}
		if v != nil {
			panic(v)
		}
	}()
	return loopimpl.Do(ctx, l, &e.bridge.calls, served{e})
}

// A served is the request of a loop for an exchange.
type served struct{ *exchange }

// Run calls the handler, on the loop.
func (s *served) Run(ctx context.Context) error {
	e := s.exchange
	r := e.r.WithContext(ctx)
	w := e.w
	if !e.bridge.Direct {
		if e.body != nil {
			r.Body = e.body
		}
		e.response.e, e.response.ctx = e, ctx
		w = &e.response
	}
	if e.failing != nil {
		e.err = e.failing(w, r)
	} else {
		e.handler(w, r)
	}
	e.adopt(r)
	return e.err
}

// Handler returns the function whose position is that of the handler.
func (s *served) Handler() any {
	switch {
	case s.source != nil:
		return s.source
	case s.failing != nil:
		return s.failing
	}
	return s.handler
}

// adopt puts into the original request the additions that the handler has made to its copy.
// The caller of Serve may look for them, and net/http removes the temporary files of forms
// that it finds there.
func (e *exchange) adopt(r *http.Request) {
	e.r.Form, e.r.PostForm, e.r.MultipartForm, e.r.Pattern = r.Form, r.PostForm, r.MultipartForm, r.Pattern
}
