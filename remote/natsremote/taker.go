package natsremote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A taker takes stored calls for a server: a crew for each service with serial calls, and a shift for each version of
// a method whose work is durable.
type taker struct {
	s        *server
	nc       *nats.Conn
	js       jetstream.JetStream
	holder   *holder
	stopped  context.Context // ends when nothing is waited for any more
	halt     context.CancelCauseFunc
	work     sync.WaitGroup // messages that are being handled
	draining atomic.Bool

	mu     sync.Mutex
	crews  []*crew
	shifts []*shift
	asks   []*nats.Subscription
	watch  chan nats.Status
}

func newTaker(s *server) *taker {
	t := &taker{s: s}
	t.stopped, t.halt = context.WithCancelCause(context.Background())
	return t
}

// start makes what is missing of streams and consumers, and begins to take calls.
func (t *taker) start(ctx context.Context, routes []engine.Route) error {
	if err := t.connect(); err != nil {
		return err
	}
	serial, shared := make(map[string][]engine.Route), make(map[string][]engine.Route)
	var dead []string
	for _, r := range routes {
		if err := t.s.e.names.CheckService(r.Service); err != nil {
			return err
		}
		if r.Serial {
			serial[r.Service] = append(serial[r.Service], r)
		} else {
			shared[r.Service] = append(shared[r.Service], r)
		}
		if r.Durable && !slices.Contains(dead, r.Service) {
			dead = append(dead, r.Service)
		}
	}
	for _, service := range dead {
		if _, err := ensureStream(ctx, t.js, t.s.e.deadStream(service)); err != nil {
			return err
		}
	}
	for service, methods := range serial {
		if err := t.man(ctx, service, methods); err != nil {
			return err
		}
	}
	for service, methods := range shared {
		if err := t.share(ctx, service, methods); err != nil {
			return err
		}
	}
	return t.s.flushStreams(ctx, t.nc)
}

func (t *taker) connect() (err error) {
	if t.nc, err = t.s.e.streams.connection(); err != nil {
		return err
	}
	if t.js, err = jetstream.New(t.nc); err != nil {
		return err
	}
	if t.holder, err = newHolder(t.nc, t.s.e.config.stored.takeover); err != nil {
		return fmt.Errorf("subscribing for answers of streams: %w", err)
	}
	t.watch = t.nc.StatusChanged(nats.CONNECTED)
	go t.watchConnection(t.watch)
	return nil
}

// watchConnection has all pullers ask again when the connection is another one. It ends with the taker.
func (t *taker) watchConnection(status <-chan nats.Status) {
	for {
		select {
		case _, ok := <-status:
			if !ok {
				return
			}
			for _, p := range t.pullers() {
				p.renew()
			}
		case <-t.stopped.Done():
			return
		}
	}
}

func (t *taker) pullers() []*puller {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []*puller
	for _, c := range t.crews {
		for _, p := range c.partitions {
			all = append(all, p.puller)
		}
	}
	for _, s := range t.shifts {
		all = append(all, s.puller)
	}
	return all
}

// drain takes nothing more, lets other workers take over, and waits until all that was taken has been
// handled.
func (t *taker) drain(ctx context.Context) error {
	t.draining.Store(true)
	t.mu.Lock()
	crews, shifts, asks := t.crews, t.shifts, t.asks
	t.mu.Unlock()
	for _, sub := range asks {
		_ = sub.Unsubscribe() // the connection may be gone
	}
	var all sync.WaitGroup
	for _, c := range crews {
		all.Go(func() { c.leave(ctx) })
	}
	for _, s := range shifts {
		all.Go(func() { s.leave(ctx) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done := make(chan struct{})
	go func() {
		t.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return t.s.flushStreams(ctx, t.nc)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stop is drain without the waiting. The contexts of handlers end.
func (t *taker) stop(cause error) {
	t.mu.Lock()
	crews, asks := t.crews, t.asks
	t.mu.Unlock()
	for _, sub := range asks {
		_ = sub.Unsubscribe()
	}
	for _, c := range crews {
		c.abandon()
	}
	for _, p := range t.pullers() {
		p.close()
	}
	t.halt(cause)
	if t.holder != nil {
		t.holder.end(cause)
		t.holder.close()
		t.nc.RemoveStatusListener(t.watch)
	}
}

// flushStreams waits until the server has handled what was sent on the connection of streams.
func (s *server) flushStreams(ctx context.Context, nc *nats.Conn) error {
	if nc == nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, s.e.config.stored.ackTimeout)
	defer cancel()
	err := nc.FlushWithContext(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nats.ErrTimeout
	}
	return err
}
