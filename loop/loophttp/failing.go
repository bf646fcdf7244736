package loophttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/asyncgen/asyncgen/loop"
)

// HandleErrors returns a handler that serves requests with next. If the bridge of a handler with
// an error result is somewhere behind it, and that handler returns an error, fail gets the error
// and answers the request. Where several error handlers enclose a bridge, the innermost one is
// called. Without any, the answer is 500, and the error goes to the server's ErrorLog.
//
// fail is called in the goroutine that serves the request, when the loop is free for others. The
// response of the failed handler has been dropped, the header's changes included, so fail may
// write any response. If a part has reached the client already, which [Started] reports, nothing
// that fail writes is sent. Requests whose handler did not run, for example because the loop is full,
// are answered as for any bridge and not passed to fail. An error that is, or wraps,
// [http.ErrAbortHandler] closes the connection instead.
func HandleErrors(next http.Handler, fail func(w http.ResponseWriter, r *http.Request, err error)) http.Handler {
	if next == nil || fail == nil {
		panic("loophttp: HandleErrors with a nil handler")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), errorHandlerKey{}, fail)))
	})
}

type errorHandlerKey struct{}

// Started reports whether w, which an error handler has got, belongs to a response that has
// reached the client in part. It reports false for the writers of direct bridges, which the
// runtime does not watch.
func Started(w http.ResponseWriter) bool {
	r, ok := w.(*response)
	return ok && r.over && r.sent
}

// ServeError is [Bridge.Serve] for a handler that returns an error. See [HandleErrors].
func (b *Bridge) ServeError(w http.ResponseWriter, r *http.Request, l *loop.Loop,
	handler func(http.ResponseWriter, *http.Request) error, source any,
) {
	e := &exchange{bridge: b, w: w, r: r, failing: handler, source: source}
	switch err := e.serve(l); {
	case err == nil:
	case e.err == nil:
		refuse(w, r, err)
	case errors.Is(err, http.ErrAbortHandler):
		panic(http.ErrAbortHandler)
	default:
		if e.response.sent {
			w = &e.response
		}
		b.errorHandler(r)(w, r, err)
	}
}

// Try is [Bridge.Serve] for a handler that returns an error, and returns that error instead of
// answering the request. The response of the failed handler has been dropped then, unless a part
// of it has reached the client. If the handler did not run, the error is a [*loop.Error] or
// the reason why the request's body could not be read, and no answer has been given.
func (b *Bridge) Try(w http.ResponseWriter, r *http.Request, l *loop.Loop,
	handler func(http.ResponseWriter, *http.Request) error, source any,
) error {
	e := &exchange{bridge: b, w: w, r: r, failing: handler, source: source}
	return e.serve(l)
}

// errorHandler returns the error handler of a request.
func (b *Bridge) errorHandler(r *http.Request) func(http.ResponseWriter, *http.Request, error) {
	if fail, ok := r.Context().Value(errorHandlerKey{}).(func(http.ResponseWriter, *http.Request, error)); ok {
		return fail
	}
	return b.fail
}

// fail answers a request whose handler has returned an error. A client that has gone is no news.
func (b *Bridge) fail(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, context.Canceled) || r.Context().Err() == nil {
		logger(r).Printf("loophttp: %s: %v", b.Name, err)
	}
	if !Started(w) {
		code := http.StatusInternalServerError
		http.Error(w, http.StatusText(code), code)
	}
}
