package natsremote

import (
	"cmp"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// An envelope is a message to be published. It is used again: nats.go copies what it publishes,
// and most of the cost of headers is their map.
type envelope struct {
	msg    nats.Msg
	values []string // of the headers: one allocation for all of them

	call      uint64        // number of the waiting call that it is, or 0
	reply     bool          // is the result of a handler: not to be lost without need
	published chan struct{} // if not nil, is no message, but closed when those before it are published
}

// envelope returns an empty one. [outbox.send] takes it back.
func (o *outbox) envelope(to string, body []byte) *envelope {
	m, ok := o.pool.Get().(*envelope)
	if !ok {
		m = &envelope{msg: nats.Msg{Header: make(nats.Header, 4)}}
	}
	m.msg.Subject, m.msg.Data = to, body
	return m
}

func (o *outbox) release(m *envelope) {
	clear(m.msg.Header)
	clear(m.values)
	*m = envelope{msg: nats.Msg{Header: m.msg.Header}, values: m.values[:0]}
	o.pool.Put(m)
}

// set adds a header, unless its value is empty. There is room for all of them since room.
func (m *envelope) set(name, value string) {
	if value == "" {
		return
	}
	m.values = append(m.values, value)
	n := len(m.values)
	m.msg.Header[name] = m.values[n-1 : n : n]
}

// room makes room for n headers.
func (m *envelope) room(n int) {
	if cap(m.values) < n {
		m.values = make([]string, 0, n)
	}
}

// setCall writes the headers of a call. A call in CBOR with nothing besides its arguments has none, which saves
// both ends and the server between them a tenth of their work.
func (m *envelope) setCall(c *engine.Call) {
	m.room(4 + len(c.Meta))
	m.set(headerID, escape(c.ID))
	if c.Codec != codecOf(c.Body) {
		m.set(headerCodec, c.Codec)
	}
	m.set(headerKey, escape(c.Key))
	if c.Timeout > 0 {
		m.set(headerTimeout, c.Timeout.String())
	}
	for name, value := range c.Meta {
		if !isTrace(name) {
			m.set(headerMeta+escapeName(name), escape(value))
		} else if clean(value) {
			m.set(name, value)
		}
	}
}

// setReply writes the headers of a reply to a call that was encoded with codec. Results in the same codec have none,
// which saves both ends some work.
func (m *envelope) setReply(codec string, r *engine.Reply) {
	if r.Status == engine.StatusOK && (r.Codec == codec || r.Codec == "") && r.Message == "" {
		return
	}
	m.room(6)
	m.set(headerStatus, string(r.Status))
	m.set(headerWorker, escape(shorten(r.Worker)))
	m.set(headerMessage, escape(shorten(r.Message)))
	if r.Codec != codec {
		m.set(headerCodec, r.Codec)
	}
	if r.Status != engine.StatusOK {
		m.set(headerErrorCode, string(r.Status))
		m.set(headerError, escape(shorten(cmp.Or(r.Message, string(r.Status)))))
	}
}
