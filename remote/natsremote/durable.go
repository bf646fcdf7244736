package natsremote

import (
	"context"
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go/jetstream"
)

// Store stores a call in a stream, and returns when it is there. Work with an ID that the stream has seen within
// [WithDuplicateWindow] is not stored again. If its fate is unknown, store it again
// with the same ID, see [remote.WithID].
//
// Workers make the stream when they start; if none has, the caller does, for which it needs the
// permission. Work of a version that no worker has stays where it is, see [Engine.Backlog]. What storing means depends
// on the server: package embedded writes to the disk at once; a cluster has it on most of its servers, which by
// default write to their disks within two minutes (sync_interval).
func (e *Engine) Store(ctx context.Context, c *engine.Call) error {
	e.mustBeMade()
	if ctx.Err() != nil {
		return engine.Ended(ctx, engine.FateNotRun)
	}
	if err := errors.Join(subject.Check(c.Service, c.Method, c.Schema), e.names.CheckService(c.Service)); err != nil {
		return engine.NewError(engine.FateNotRun, engine.ErrMalformed, err)
	}
	for end := time.Now().Add(e.config.stored.ackTimeout); ; {
		err := e.tryStore(ctx, c)
		if !errors.Is(err, errNoStream) || time.Now().After(end) {
			return err
		}
		if err := e.makeStream(ctx, c.Route); err != nil {
			return engine.NewError(engine.FateNotRun, engine.ErrUnreachable, err)
		}
	}
}

// tryStore publishes a call, and waits for the acknowledgement of the stream.
func (e *Engine) tryStore(ctx context.Context, c *engine.Call) error {
	stream, to := e.names.DurableStream(c.Service), e.names.Durable(c.Service, c.Method, c.Schema)
	if c.Serial {
		stream, to = e.names.SerialStream(c.Service), e.serialSubject(c)
	}
	m := e.storedEnvelope(to, c)
	m.set(jetstream.MsgIDHeader, escape(c.ID))
	s, err := e.store(stream, m)
	if err != nil {
		return e.notSent(err)
	}
	select {
	case ev := <-s.w.events:
		_, err := s.confirm(ev)
		switch {
		case err == nil:
			return nil
		case ev.err != nil && !ev.unsent: // the engine was closed, and the work may be stored
			return engine.NewError(engine.FateUnknown, ev.err, ev.cause)
		case errors.Is(err, errNoStream):
			return engine.NewError(engine.FateNotRun, engine.ErrUnreachable, err)
		}
		return e.notStored(err)
	case <-s.limit.C:
		s.drop(true)
		return engine.NewError(engine.FateUnknown, engine.ErrUnreachable, e.unconfirmed())
	case <-ctx.Done():
		s.drop(false)
		return engine.Ended(ctx, engine.FateUnknown)
	}
}

// makeStream makes the stream that a call should have been stored in, if there is none. In a cluster there may be one that
// has no leader.
func (e *Engine) makeStream(ctx context.Context, r engine.Route) error {
	js, err := e.manager()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, max(e.config.stored.ackTimeout, time.Second))
	defer cancel()
	config := e.durableStream(r.Service)
	if r.Serial {
		config = e.serialStream(r.Service)
	}
	s, err := ensureStream(ctx, js, config)
	if err != nil || s.CachedInfo().Cluster == nil {
		return err
	}
	// It may have been there, without a leader: then it takes a moment.
	t := time.NewTimer(calm)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return nil
}
