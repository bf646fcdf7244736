package natsremote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A DeadLetter is durable work that was given up.
type DeadLetter struct {
	Call     engine.Call   // as it was stored
	Reason   engine.Status // of the last attempt
	Message  string        // the handler's error, or the fault of the message
	Attempts int           // number of attempts
	Worker   string        // the worker that gave it up
	Time     time.Time     // when it was given up

	number uint64
}

// deadLetter stores a message as a dead letter. Doing that twice makes one.
func (t *taker) deadLetter(d delivery, status engine.Status, message string) error {
	e := t.s.e
	m := &nats.Msg{Subject: e.names.Dead(t.serviceOf(d), d.method, d.schema), Header: make(nats.Header), Data: d.m.Data}
	for name, values := range d.m.Header {
		if strings.HasPrefix(name, "Ag-") || isTrace(name) {
			m.Header[name] = values
		}
	}
	m.Header.Set(headerReason, string(status))
	m.Header.Set(headerMessage, escape(shorten(message)))
	m.Header.Set(headerAttempts, strconv.FormatUint(min(d.meta.NumDelivered, uint64(e.config.stored.attempts)), 10))
	m.Header.Set(headerWorker, escape(shorten(t.s.d.Name())))
	m.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s.%d", d.meta.Stream, d.meta.Sequence.Stream))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.stopped), e.config.stored.ackTimeout)
	defer cancel()
	_, err := t.js.PublishMsg(ctx, m)
	return err
}

// serviceOf returns the service whose stream a message comes from.
func (t *taker) serviceOf(d delivery) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.crews {
		if t.s.e.names.SerialStream(c.service) == d.meta.Stream {
			return c.service
		}
	}
	for _, s := range t.shifts {
		if t.s.e.names.DurableStream(s.route.Service) == d.meta.Stream {
			return s.route.Service
		}
	}
	return ""
}

// DeadLetters returns the work of a service that was given up and not removed since, oldest first. It stays until it is
// put back with [Engine.Requeue] or removed with [Engine.Discard]. An error ends the sequence.
func (e *Engine) DeadLetters(ctx context.Context, service string) iter.Seq2[DeadLetter, error] {
	e.mustBeMade()
	return func(yield func(DeadLetter, error) bool) {
		stream, err := e.findStream(ctx, e.names.DeadStream(service))
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return
		}
		if err != nil {
			yield(DeadLetter{}, err)
			return
		}
		for next := uint64(1); ; {
			m, err := stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(e.names.DeadAll(service)))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return
			}
			if err != nil {
				yield(DeadLetter{}, fmt.Errorf("dead letters of %s: %w", service, err))
				return
			}
			if !yield(readDeadLetter(service, m), nil) {
				return
			}
			next = m.Sequence + 1
		}
	}
}

// readDeadLetter reads what may be the reason that it is one: as much as can be read of it.
func readDeadLetter(service string, m *jetstream.RawStreamMsg) DeadLetter {
	d := DeadLetter{Time: m.Time, number: m.Sequence, Reason: engine.Status(m.Header.Get(headerReason))}
	d.Message, _ = unescape(m.Header.Get(headerMessage))
	d.Worker, _ = unescape(m.Header.Get(headerWorker))
	d.Attempts, _ = strconv.Atoi(m.Header.Get(headerAttempts))
	route := engine.Route{Durable: true, Serial: m.Header.Get(headerPartitions) != ""}
	route.Service = service
	route.Method, route.Schema = subject.Tail(m.Subject)
	d.Call = engine.Call{Route: route, Codec: m.Header.Get(headerCodec), Body: m.Data}
	d.Call.ID, _ = unescape(m.Header.Get(headerID))
	d.Call.Key, _ = unescape(m.Header.Get(headerKey))
	if c, err := decodeCall(route, &nats.Msg{Header: m.Header, Data: m.Data}); err == nil {
		d.Call = *c
	}
	return d
}

// Requeue stores the work of a dead letter again, with its ID, and removes the letter. It comes after the work that was stored with its
// key in the meantime. If it fails, or the program ends in between, the letter is still there.
func (e *Engine) Requeue(ctx context.Context, d DeadLetter) error {
	e.mustBeMade()
	js, err := e.manager()
	if err != nil {
		return err
	}
	to := e.names.Durable(d.Call.Service, d.Call.Method, d.Call.Schema)
	if d.Call.Serial {
		to = e.serialSubject(&d.Call)
	}
	m := e.storedEnvelope(to, &d.Call)
	// The stream may remember the ID.
	m.set(jetstream.MsgIDHeader, fmt.Sprintf("requeued.%d.%s", d.number, escape(d.Call.ID)))
	ctx, cancel := context.WithTimeout(ctx, e.config.stored.ackTimeout)
	defer cancel()
	if _, err := js.PublishMsg(ctx, &m.msg); err != nil {
		return fmt.Errorf("requeue %s: %w", d.Call.ID, err)
	}
	return e.Discard(ctx, d)
}

// Discard removes a dead letter.
func (e *Engine) Discard(ctx context.Context, d DeadLetter) error {
	e.mustBeMade()
	stream, err := e.findStream(ctx, e.names.DeadStream(d.Call.Service))
	if err != nil {
		return err
	}
	if err := stream.DeleteMsg(ctx, d.number); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("remove dead letter %s: %w", d.Call.ID, err)
	}
	return nil
}

func (e *Engine) findStream(ctx context.Context, name string) (jetstream.Stream, error) {
	js, err := e.manager()
	if err != nil {
		return nil, err
	}
	s, err := js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	return s, nil
}
