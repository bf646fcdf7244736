package natsremote

import (
	"strings"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// maxSubject is how long the reply subject of a call may be.
const maxSubject = 1024

// called handles the message of a call, on the goroutine of its subscription: it must not block.
func (s *server) called(route engine.Route, m *nats.Msg) {
	if !answerable(m.Reply, s.e.names) {
		s.e.count.malformed.Add(1)
		return
	}
	c, err := decodeCall(route, m)
	if err != nil {
		s.e.count.malformed.Add(1)
		s.refuse(m.Reply, noCodec, &engine.Reply{Status: engine.StatusMalformed, Message: err.Error()})
		return
	}
	if c.ID == "" {
		c.ID = m.Reply // which no other call has
	}
	s.begin(c, m.Reply)
}

// answerable reports whether a reply may be sent there. What is told to reply to a subject of
// ours, or of NATS, comes from somebody who wants a worker to publish where he may not.
func answerable(reply string, names subject.Names) bool {
	return reply != "" && len(reply) <= maxSubject && reply[0] != '$' && !names.Owns(reply)
}

// begin has the dispatcher run a call whose reply goes to a subject.
func (s *server) begin(c *engine.Call, reply string) {
	ctx, r, status := s.runs.enter(reply, c.Codec)
	if r == nil {
		s.refuse(reply, c.Codec, &engine.Reply{Status: status, Message: refusals(status)})
		return
	}
	start, refused := s.d.Begin(c)
	if refused != nil {
		s.runs.leave(r)
		s.refuse(reply, c.Codec, refused)
		return
	}
	start(ctx, func(out *engine.Reply) { s.runs.finish(r, out) })
}

// refusals says why a call did not begin that the dispatcher was not asked about.
func refusals(status engine.Status) string {
	switch status {
	case engine.StatusClosed:
		return "the worker is closed"
	case engine.StatusCanceled:
		return errCanceled.Error()
	}
	return "a call with the same reply subject is running"
}

// refuse answers a call that did not begin.
func (s *server) refuse(reply, codec string, out *engine.Reply) {
	if out.Worker == "" {
		out.Worker = s.d.Name()
	}
	s.e.reply(reply, codec, out)
}

// told handles what a caller says about its call, by the subject that the reply goes to: it has given up, or it
// has not heard of it for too long.
func (s *server) told(m *nats.Msg) {
	reply, asks := strings.CutPrefix(string(m.Data), asking)
	switch {
	case !answerable(reply, s.e.names) && !s.e.answersTo(reply, ""):
		s.e.count.malformed.Add(1)
	case asks:
		s.runs.asked(reply)
	default:
		s.runs.cancel(reply)
	}
}

// reply sends the reply to a call that was encoded with codec.
func (e *Engine) reply(to, codec string, r *engine.Reply) {
	m := e.out.envelope(to, r.Body)
	m.setReply(codec, r)
	m.reply = true
	e.out.send(m)
}
