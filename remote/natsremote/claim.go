package natsremote

import (
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// statusClaim is what a worker asks before it runs a serial call, and what the caller answers who says yes.
const statusClaim engine.Status = "claim"

// answersTo reports whether replies to serial calls of a service, or of any if it is "", may be sent there.
func (e *Engine) answersTo(reply, service string) bool {
	prefix := e.names.RepliesAll(service)
	if service == "" {
		prefix = strings.TrimSuffix(prefix, ".")
	}
	return strings.HasPrefix(reply, prefix) && len(reply) <= maxSubject
}

// isClaim reports whether a worker asks to run a call.
func isClaim(m *nats.Msg) bool {
	v := m.Header[headerStatus]
	return len(v) == 1 && v[0] == string(statusClaim) && m.Reply != ""
}

// answerClaim tells a worker whether it may run a call, and how much time is left, 0 if there is no end to it. If the
// error is not nil the answer was not sent.
func (e *Engine) answerClaim(m *nats.Msg, yes bool, left time.Duration) error {
	out := &nats.Msg{Subject: m.Reply, Header: nats.Header{headerStatus: {string(engine.StatusCanceled)}}}
	if yes {
		out.Header.Set(headerStatus, string(statusClaim))
		if left > 0 {
			out.Header.Set(headerTimeout, left.String())
		}
	}
	return e.nc.PublishMsg(out)
}

// refuseClaim answers workers that want to run calls which nobody waits for.
func (e *Engine) refuseClaim(m *nats.Msg) {
	if isClaim(m) {
		_ = e.answerClaim(m, false, 0) // the worker goes on without, in a while
	}
}

// claim asks a caller whether a call may be run, and for how long. If there is no answer it may not. A caller that has not
// answered before is not waited for as long: there may be many calls of it.
func (e *Engine) claim(reply, worker string, stop <-chan struct{}) (left time.Duration, ok bool) {
	caller := reply[:strings.LastIndexByte(reply, '.')+1]
	limit := time.NewTimer(e.streams.patience(caller))
	defer limit.Stop()
	w, err := e.inbox.add(reply, "")
	if err != nil {
		return 0, false
	}
	m := e.out.envelope(reply, nil)
	m.room(2)
	m.set(headerStatus, string(statusClaim))
	m.set(headerWorker, escape(shorten(worker)))
	m.msg.Reply, m.call = w.reply, w.number
	e.out.send(m)
	var ev event
	select {
	case ev = <-w.events:
	case <-limit.C:
		e.streams.mute(caller, true)
		ev = e.inbox.yield(w)
	case <-stop:
		ev = e.inbox.yield(w)
	}
	e.inbox.release(w)
	if ev.msg != nil {
		e.streams.mute(caller, false)
	}
	if ev.err != nil || ev.msg.Header.Get(headerStatus) != string(statusClaim) {
		return 0, false
	}
	if left, err = time.ParseDuration(ev.msg.Header.Get(headerTimeout)); err != nil {
		return 0, true
	}
	return left, true
}
