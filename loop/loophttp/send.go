package loophttp

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/asyncgen/asyncgen/loop"
)

const (
	firstSlab = 4 << 10  // what most responses need
	lastSlab  = 64 << 10 // a slab that has grown further is not kept
)

// slabOf returns an empty slab.
func (b *Bridge) slabOf() *[]byte {
	if slab, ok := b.slabs.Get().(*[]byte); ok {
		return slab
	}
	slab := make([]byte, 0, firstSlab)
	return &slab
}

// outside runs f, which touches the client, while other handlers run on the loop.
func (r *response) outside(f func() error) error {
	if r.lent {
		return f()
	}
	err := loop.Await(r.ctx, func(context.Context) error { return f() })
	return err
}

// stream sends the held bytes and then p.
func (r *response) stream(p []byte) (int, error) {
	if err := r.outside(func() error { return r.send(p) }); err != nil {
		return 0, err
	}
	return len(p), nil
}

// finish sends the rest after the handler has returned.
func (r *response) finish() {
	r.over = true
	if r.extra != "" {
		logger(r.e.r).Printf("http: superfluous response.WriteHeader call from %s", r.extra)
	}
	if r.status == 0 {
		return // nothing was written, and net/http knows what that means
	}
	_ = r.send(nil) // the client has gone, and there is nobody else to tell
	r.release()
}

// discard drops the held bytes and the handler's changes of the header, unless a part of the
// response is with the writer below already.
func (r *response) discard() {
	r.over = true
	if !r.sent && r.header != nil {
		replace(r.header, r.before)
	}
	r.release()
}

// release gives the memory of the held bytes back.
func (r *response) release() {
	if r.slab != nil && cap(r.held) <= lastSlab {
		*r.slab = r.held[:0]
		r.e.bridge.slabs.Put(r.slab)
	}
	r.held, r.slab = nil, nil
}

// send hands everything to the writer below, with more at the end. It is called
// outside of the loop, while the handler waits or when it has ended. After an error
// there is nothing more to send, because no write is admitted.
func (r *response) send(more []byte) error {
	r.sendHeader()
	for _, part := range [...][]byte{r.held, more} {
		if len(part) == 0 {
			continue
		}
		if _, r.err = r.e.w.Write(part); r.err != nil {
			break
		}
	}
	r.held = r.held[:0]
	return r.err
}

// sendHeader hands status and header to the writer below, once.
func (r *response) sendHeader() {
	if r.sent {
		return
	}
	r.sent = true
	if r.frozen == nil || maps.EqualFunc(r.frozen, r.header, slices.Equal) {
		if r.explicit { // otherwise the first write says it, unless somebody else has
			r.e.w.WriteHeader(r.status)
		}
		return
	}
	// The writer takes the header out of its map, where the handler has meanwhile
	// put trailers; those are looked for at the end.
	late := maps.Clone(r.header)
	replace(r.header, r.frozen)
	r.e.w.WriteHeader(r.status)
	replace(r.header, late)
}

// replace gives h the contents of other.
func replace(h, other http.Header) {
	clear(h)
	maps.Copy(h, other)
}
