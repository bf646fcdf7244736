package natsremote

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// statusWaiting says that a call is still stored, or that nobody asked for one.
	statusWaiting engine.Status = "waiting"
	// statusGone says that it is not: if nobody has claimed it until now, nobody will.
	statusGone engine.Status = "gone"

	// maxAsking is how many questions a worker looks into at a time. Who gets no answer asks again.
	maxAsking = 16
)

// agree finds out, before the first serial call of a service, whether it has workers, and as many partitions as we
// believe.
func (e *Engine) agree(ctx context.Context, r engine.Route) error {
	s := e.streams
	s.mu.Lock()
	_, ok := s.agreed[r.Service]
	s.mu.Unlock()
	if ok {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, e.config.stored.ackTimeout)
	defer cancel()
	m, err := e.nc.RequestWithContext(limited, e.names.Position(r.Service), nil)
	switch {
	case ctx.Err() != nil:
		return engine.Ended(ctx, engine.FateNotRun)
	case errors.Is(err, nats.ErrNoResponders):
		return e.noWorker(ctx, r)
	case err != nil && limited.Err() == nil:
		return e.notSent(err)
	case err != nil:
		return nil // workers have much to do; they look at the number in the message too
	}
	if err := e.samePartitions(m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agreed[r.Service] = struct{}{}
	return nil
}

// samePartitions looks at how many partitions a worker has that has answered.
func (e *Engine) samePartitions(m *nats.Msg) error {
	ours := e.config.stored.partitions
	if theirs := m.Header.Get(headerPartitions); theirs != strconv.Itoa(ours) {
		return engine.NewError(engine.FateNotRun, engine.ErrRefused, errPartitions(shorten(theirs), ours))
	}
	return nil
}

// ask asks a worker where the call is. That nobody answers means nothing, unless there is nobody.
func (q *queued) ask() {
	if q.state.Load() != callQueued {
		return // whether the worker lives can be heard
	}
	to := q.e.names.Position(q.c.Service)
	w, err := q.e.inbox.add(to, "")
	if err != nil {
		return
	}
	q.asked = w
	m := q.e.out.envelope(to, strconv.AppendUint(nil, q.number, 10))
	m.msg.Reply, m.call = w.reply, w.number
	q.e.out.send(m)
}

// told looks at the answer, and returns the error of a call that will not run.
func (q *queued) told(ev event) error {
	q.e.inbox.release(q.asked)
	q.asked = nil
	q.check.Reset(max(q.e.config.heartbeatTimeout/2, first))
	if ev.err != nil {
		return nil
	}
	if isNoResponders(ev.msg) {
		if q.withdraw() {
			return q.e.noWorker(q.ctx, q.c.Route)
		}
		return nil
	}
	if err := q.e.samePartitions(ev.msg); err != nil && q.withdraw() {
		return err
	}
	if ev.msg.Header.Get(headerStatus) == string(statusGone) && q.withdraw() {
		return engine.NewError(engine.FateNotRun, engine.ErrUnreachable, errSkipped)
	}
	return nil
}

// A locator answers callers that ask where their calls are.
type locator struct {
	nc         *nats.Conn
	stream     string
	partitions string
	asking     chan struct{} // has room for those that are looked into
}

func (e *Engine) newLocator(nc *nats.Conn, service string) *locator {
	return &locator{nc, e.names.SerialStream(service), strconv.Itoa(e.config.stored.partitions), make(chan struct{}, maxAsking)}
}

// asked handles one question.
func (l *locator) asked(m *nats.Msg) {
	number, err := strconv.ParseUint(string(m.Data), 10, 64)
	if err != nil || number == 0 {
		l.answer(m, statusWaiting)
		return
	}
	select {
	case l.asking <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-l.asking }()
		gone, err := l.gone(number)
		switch {
		case err != nil:
		case gone:
			l.answer(m, statusGone)
		default:
			l.answer(m, statusWaiting)
		}
	}()
}

func (l *locator) answer(m *nats.Msg, s engine.Status) {
	// Who asked asks again.
	_ = l.nc.PublishMsg(&nats.Msg{Subject: m.Reply, Header: nats.Header{
		headerStatus: {string(s)}, headerPartitions: {l.partitions},
	}})
}

// gone reports whether a message is no longer in the stream.
func (l *locator) gone(number uint64) (bool, error) {
	question, err := json.Marshal(struct {
		Number uint64 `json:"seq"`
	}{number})
	if err != nil {
		return false, err
	}
	m, err := l.nc.Request("$JS.API.STREAM.MSG.GET."+l.stream, question, 2*time.Second)
	if err != nil {
		return false, err
	}
	var a struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return false, err
	}
	if a.Error == nil {
		return false, nil
	}
	if a.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return true, nil
	}
	return false, a.Error
}
