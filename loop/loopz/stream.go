package loopz

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxStreams is how many clients may watch at the same time.
	maxStreams = 64
	// patience is how long a client may take to read an update.
	patience = 5 * time.Second
	// heartbeat is how often something is sent even if nothing happens, so that a
	// client that has vanished is noticed.
	heartbeat = 15 * time.Second
)

// stream sends the state, and from then on what changes, until the client has gone,
// the server shuts down, or the client does not read.
func (p *page) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	if p.streams.Add(1) > maxStreams {
		p.streams.Add(-1)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "loopz: too many clients", http.StatusServiceUnavailable)
		return
	}
	defer p.streams.Add(-1)
	// A number that is none is 0, which no loop has.
	id, _ := strconv.ParseUint(r.URL.Query().Get("loop"), 10, 64)
	v := viewer{watch: p.watch, detail: id, looks: r.URL.Query().Has("loop"), to: w, ctrl: http.NewResponseController(w)}
	down := p.servers.note(r)
	for {
		if v.update() != nil {
			return
		}
		wait := time.NewTimer(p.watch.pause())
		select {
		case <-wait.C:
		case <-r.Context().Done():
			wait.Stop()
			return
		case <-down:
			wait.Stop()
			return
		}
	}
}

// A viewer is a client that watches.
type viewer struct {
	watch  *watch
	detail uint64 // the loop that it looks at
	looks  bool   // at one
	to     http.ResponseWriter
	ctrl   *http.ResponseController

	seen       *state // the last that it was sent
	seenDetail []byte
	written    time.Time
}

// update sends the changes.
func (v *viewer) update() error {
	s := v.watch.now()
	var b bytes.Buffer
	if s != v.seen {
		b.Write(s.news(v.seen))
		v.seen = s
	}
	if v.looks {
		if detail := s.codeDetail(v.detail); !bytes.Equal(detail, v.seenDetail) {
			event(&b, "detail", detail)
			v.seenDetail = detail
		}
	}
	now := v.watch.clock()
	if b.Len() == 0 && now.Sub(v.written) >= heartbeat {
		b.WriteString(":\n\n")
	}
	if b.Len() == 0 {
		return nil
	}
	v.written = now
	return v.send(b.Bytes())
}

// send gives the client a limited time to read. It takes the place of the server's
// WriteTimeout, which would end every stream.
func (v *viewer) send(content []byte) error {
	if err := v.ctrl.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := v.to.Write(content); err != nil {
		return err
	}
	return v.ctrl.Flush()
}

// event appends a server-sent event. data is JSON, so it is one line.
func event(b *bytes.Buffer, name string, data []byte) {
	b.WriteString("event: " + name + "\ndata: ")
	b.Write(data)
	b.WriteString("\n\n")
}
