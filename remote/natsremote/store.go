package natsremote

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// errUnconfirmed is why it is not known whether a stream has stored a call.
var errUnconfirmed = errors.New("the stream did not confirm that it has stored the call")

// errNoStream says that nobody stores what is published to a subject: there is no stream, or it
// has no leader.
var errNoStream = errors.New("no stream stores it")

// A storing is a call on its way into a stream. Each ends with confirm or with drop.
type storing struct {
	e       *Engine
	breaker *breaker
	w       *waiting // for the stream's answer
	limit   *time.Timer
	since   time.Time
}

// store publishes a message that a stream keeps. Its error means that nothing was published.
func (e *Engine) store(stream string, m *envelope) (*storing, error) {
	b := e.streams.breaker(stream)
	if !b.allow() {
		e.out.release(m)
		return nil, errBreaker
	}
	w, err := e.inbox.add(m.msg.Subject, "")
	if err != nil {
		e.out.release(m)
		return nil, err
	}
	e.inbox.bear(w, true) // limit is what counts
	m.msg.Reply, m.call = w.reply, w.number
	e.out.send(m)
	return &storing{e, b, w, time.NewTimer(e.config.stored.ackTimeout), time.Now()}, nil
}

// confirm ends it with the answer of the stream, and returns the message's number there. If err is not nil, the message is not
// stored.
func (s *storing) confirm(ev event) (sequence uint64, err error) {
	s.limit.Stop()
	s.e.inbox.release(s.w)
	if ev.err != nil {
		return 0, ev.err
	}
	s.breaker.confirmed()
	if isNoResponders(ev.msg) {
		return 0, errNoStream
	}
	return decodeStored(ev.msg)
}

// drop ends it without the answer. If that took too long, the stream is spared for a while.
func (s *storing) drop(late bool) {
	s.limit.Stop()
	if late {
		s.breaker.failed(s.since)
	}
	if !s.e.inbox.take(s.w) {
		<-s.w.events
	}
	s.e.inbox.release(s.w)
}

// decodeStored reads the answer of a stream.
func decodeStored(m *nats.Msg) (uint64, error) {
	var a struct {
		Error    *jetstream.APIError `json:"error"`
		Sequence uint64              `json:"seq"`
	}
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return 0, malformed("answer of the stream: %w", err)
	}
	if a.Error != nil {
		return 0, a.Error
	}
	if a.Sequence == 0 {
		return 0, malformed("answer of the stream: no sequence number")
	}
	return a.Sequence, nil
}

// Codes of errors of JetStream that package jetstream has no names for.
const (
	codeStoreFailed   = 10077 // a limit of the stream
	codeNoResources   = 10023
	codeNoStorage     = 10047
	codeNoMemory      = 10028
	codeAccountLimits = 10002
	codeMaxMessage    = 10054
)

// notStored returns the error of a call that no stream has stored: it did not run.
func (e *Engine) notStored(err error) error {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api):
		return engine.NewError(engine.FateNotRun, storeReason(api), err)
	case errors.Is(err, engine.ErrMalformed):
		return engine.NewError(engine.FateUnknown, engine.ErrMalformed, err)
	}
	return e.notSent(err)
}

func storeReason(api *jetstream.APIError) error {
	switch api.ErrorCode {
	case codeStoreFailed, codeNoResources, codeNoStorage, codeNoMemory, codeAccountLimits:
		return engine.ErrOverloaded
	case codeMaxMessage:
		return engine.ErrTooLarge
	}
	if api.Code == 503 {
		return engine.ErrUnreachable
	}
	return engine.ErrRefused
}

// unconfirmed says why it is not known whether the call was stored.
func (e *Engine) unconfirmed() error {
	return fmt.Errorf("%w in %s", errUnconfirmed, e.config.stored.ackTimeout)
}
