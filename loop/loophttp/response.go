package loophttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// errOver is the error of a write after the end of the handler. The bytes would go nowhere, or
// worse.
var errOver = errors.New("loophttp: write after the handler has returned")

// A response is the [http.ResponseWriter] of a handler on the loop. It keeps the bytes that
// the handler writes; those that have to go to the client before the handler has ended go
// while the handler is in [loop.Await].
//
// It repeats the rules of net/http as far as the handler can see them at once, the
// results of Write and what freezes the header. Whatever depends on the whole response
// (length, content type, chunks, trailers) is left to the writer below.
type response struct {
	e   *exchange
	ctx context.Context // the handler's

	header http.Header // the writer's own, or nil if the handler has not asked for it
	before http.Header // of a handler with an error result: the header at its first use
	frozen http.Header // the header at WriteHeader, or nil if it cannot have changed
	status int         // 0 before WriteHeader or Write
	length int64       // the declared Content-Length, or -1
	size   int64       // bytes that the handler has written

	explicit bool // the handler has called WriteHeader
	lent     bool // a handler of another loop has it, see lend

	held  []byte  // not sent yet
	slab  *[]byte // where held began, from the bridge's pool
	sent  bool    // the header is with the writer below
	err   error   // of the writer below; ends everything
	over  bool    // the handler has returned
	extra string  // who called WriteHeader once too often
}

// Header returns the map that a middleware in front of the bridge has seen, too.
func (r *response) Header() http.Header {
	if r.header == nil {
		r.header = r.e.w.Header()
		if r.e.failing != nil {
			r.before = r.header.Clone()
		}
		if r.status != 0 {
			r.freeze()
		}
	}
	return r.header
}

// freeze keeps the header from following the handler's later changes, which can
// only be trailers.
func (r *response) freeze() { r.frozen = r.header.Clone() }

// WriteHeader fixes status and header. A status below 200 goes to the client at once.
func (r *response) WriteHeader(code int) {
	switch {
	case r.over:
		return
	case r.status != 0:
		if r.extra == "" {
			r.extra = caller()
		}
		return
	case code < 100 || code > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", code)) // as net/http does
	case code < 200 && code != http.StatusSwitchingProtocols:
		_ = r.outside(func() error {
			r.e.w.WriteHeader(code)
			return nil
		})
		return
	}
	r.explicit = true
	r.begin(code)
}

// begin fixes status and header.
func (r *response) begin(code int) {
	r.status, r.length = code, -1
	if r.header == nil {
		return
	}
	r.freeze()
	if n, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		r.length = n
	}
}

// Write keeps p, or sends the kept bytes and p if that becomes too much.
func (r *response) Write(p []byte) (int, error) {
	if err := r.admit(len(p)); err != nil || len(p) == 0 {
		return 0, err
	}
	if !r.fits(len(p)) {
		return r.stream(p)
	}
	r.held = append(r.held, p...)
	return len(p), nil
}

// WriteString is Write without a copy for the conversion.
func (r *response) WriteString(s string) (int, error) {
	if err := r.admit(len(s)); err != nil || len(s) == 0 {
		return 0, err
	}
	if !r.fits(len(s)) {
		return r.stream([]byte(s))
	}
	r.held = append(r.held, s...)
	return len(s), nil
}

// admit reports why a write of n bytes cannot be.
func (r *response) admit(n int) error {
	if r.over {
		return errOver
	}
	if r.status == 0 {
		r.begin(http.StatusOK)
	}
	if n == 0 {
		return nil
	}
	if r.status < 200 || r.status == http.StatusNoContent || r.status == http.StatusNotModified {
		return http.ErrBodyNotAllowed
	}
	r.size += int64(n)
	if r.length >= 0 && r.size > r.length {
		return http.ErrContentLength
	}
	return r.err
}

// fits reports whether n more bytes may be held, and sees to it that there is memory.
func (r *response) fits(n int) bool {
	limit := r.e.bridge.Buffer
	if limit == 0 {
		limit = DefaultBuffer
	}
	if limit > 0 && n > limit-len(r.held) {
		return false
	}
	if r.held == nil {
		r.slab = r.e.bridge.slabOf()
		r.held = *r.slab
	}
	return true
}
