package natsremote

import (
	"context"
	"fmt"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// man begins to take serial calls of a service.
func (t *taker) man(ctx context.Context, service string, routes []engine.Route) error {
	e := t.s.e
	stream, err := ensureStream(ctx, t.js, e.serialStream(service))
	if err != nil {
		return err
	}
	for i := range e.config.stored.partitions {
		if err := ensureConsumer(ctx, stream, e.serialConsumer(service, i)); err != nil {
			return err
		}
	}
	c := newCrew(t, service, routes)
	t.mu.Lock()
	t.crews = append(t.crews, c)
	t.mu.Unlock()
	if err := t.listen(e.names.Announce(service), "", c.heard); err != nil {
		return err
	}
	if err := t.listen(e.names.Position(service), subject.Queue, e.newLocator(t.nc, service).asked); err != nil {
		return err
	}
	return c.start()
}

// share begins to take durable work of a service.
func (t *taker) share(ctx context.Context, service string, routes []engine.Route) error {
	e := t.s.e
	stream, err := ensureStream(ctx, t.js, e.durableStream(service))
	if err != nil {
		return err
	}
	for _, r := range routes {
		if err := ensureConsumer(ctx, stream, e.durableConsumer(service, r.Method, r.Schema)); err != nil {
			return err
		}
		s := newShift(t, stream.CachedInfo().Config.Name, r)
		t.mu.Lock()
		t.shifts = append(t.shifts, s)
		t.mu.Unlock()
		if err := s.puller.start(); err != nil {
			return err
		}
	}
	return nil
}

func (t *taker) listen(subject, queue string, handle nats.MsgHandler) error {
	sub, err := t.nc.QueueSubscribe(subject, queue, handle)
	if err != nil {
		return fmt.Errorf("subscribing to %s: %w", subject, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asks = append(t.asks, sub)
	return nil
}
