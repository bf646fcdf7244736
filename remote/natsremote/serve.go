package natsremote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// A server delivers calls to one dispatcher.
type server struct {
	e     *Engine
	d     engine.Dispatcher
	runs  *runs
	calls []*subscription // where calls arrive
	asks  []*subscription // where cancels and questions arrive
	taker *taker          // of stored calls
}

// A subscription knows when its last message has been handled.
type subscription struct {
	*nats.Subscription
	done chan struct{}
}

// Serve answers calls for the methods of d until the server is closed.
func (e *Engine) Serve(ctx context.Context, d engine.Dispatcher) (engine.Server, error) {
	e.mustBeMade()
	s := &server{e: e, d: d, runs: newRuns(e, d.Name())}
	s.taker = newTaker(s)
	if err := e.enter(s); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		s.stop(err)
		return nil, err
	}
	return s, nil
}

// enter has the server closed with the engine.
func (e *Engine) enter(s *server) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return engine.ErrClosed
	}
	e.servers[s] = struct{}{}
	return nil
}

// start subscribes, and returns when the server at the other end knows.
func (s *server) start(ctx context.Context) error {
	var stored []engine.Route
	services := make(map[string][]engine.Route)
	for _, r := range s.d.Methods() {
		if err := subject.Check(r.Service, r.Method, r.Schema); err != nil {
			return err
		}
		services[r.Service] = append(services[r.Service], r)
		if r.Serial || r.Durable {
			stored = append(stored, r)
		}
	}
	for service, routes := range services {
		if err := s.listen(service, routes); err != nil {
			return err
		}
	}
	if len(stored) > 0 {
		if err := s.taker.start(ctx, stored); err != nil {
			return err
		}
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	return s.denied()
}

// denied returns what the server said if it does not let us subscribe: it says so before it confirms the
// flush, and nats.go tells nobody but handlers.
func (s *server) denied() error {
	err := s.e.nc.LastError()
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return nil
	}
	for _, sub := range slices.Concat(s.calls, s.asks) {
		if strings.Contains(err.Error(), strconv.Quote(sub.Subject)) {
			return err
		}
	}
	return nil
}

// listen subscribes to all there is of a service.
func (s *server) listen(service string, routes []engine.Route) error {
	answer, err := s.presence(routes)
	if err != nil {
		return err
	}
	cancels, err := s.subscribe(s.e.names.Cancel(service), "", s.told)
	if err != nil {
		return err
	}
	s.asks = append(s.asks, cancels)
	for _, r := range routes {
		if r.Serial || r.Durable {
			continue
		}
		calls, err := s.subscribe(s.e.names.Call(r.Service, r.Method, r.Schema), subject.Queue, func(m *nats.Msg) { s.called(r, m) })
		if err != nil {
			return err
		}
		s.calls = append(s.calls, calls)
	}
	questions, err := s.subscribe(s.e.names.Discovery(service), "", func(m *nats.Msg) {
		if answerable(m.Reply, s.e.names) {
			_ = s.e.nc.Publish(m.Reply, answer) // who asks does not wait for long
		}
	})
	if err != nil {
		return err
	}
	s.calls = append(s.calls, questions)
	return nil
}

// presence prepares the answer to what the worker does.
func (s *server) presence(routes []engine.Route) ([]byte, error) {
	p := presence{Worker: s.d.Name()}
	for _, r := range routes {
		p.Methods = append(p.Methods, answered{r.Method, r.Schema, r.Serial, r.Durable})
	}
	return json.Marshal(p)
}

func (s *server) subscribe(subject, queue string, handle nats.MsgHandler) (*subscription, error) {
	sub, err := s.e.nc.QueueSubscribe(subject, queue, handle)
	if err != nil {
		return nil, fmt.Errorf("subscribing to %s: %w", subject, err)
	}
	done := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(done) })
	// A limit of messages would drop calls without a word. The dispatcher refuses what is too much.
	if err := sub.SetPendingLimits(pendingMessages, pendingBytes); err != nil {
		return nil, err
	}
	return &subscription{sub, done}, nil
}

const (
	// These are what a subscription may hold of what has not been looked at, which takes
	// microseconds. Over them, messages are dropped and counted: memory has an end.
	pendingMessages = 1 << 20
	pendingBytes    = 256 << 20
)

// flush waits until the server at the other end has handled what was sent.
func (s *server) flush(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok { // which nats.go insists on
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.e.config.heartbeatTimeout)
		defer cancel()
	}
	if err := s.e.out.wait(ctx); err != nil {
		return err
	}
	return s.e.nc.FlushWithContext(ctx)
}

// Shutdown unsubscribes, handles what had arrived before, and waits for all of it to be answered.
func (s *server) Shutdown(ctx context.Context) error {
	err := drain(ctx, s.calls)
	if err == nil {
		err = s.taker.drain(ctx)
	}
	if err == nil {
		err = s.runs.wait(ctx)
	}
	if err == nil {
		err = s.flush(ctx)
	}
	s.stop(engine.ErrClosed)
	return err
}

// Close cancels the contexts of handlers.
func (s *server) Close() error {
	s.stop(engine.ErrClosed)
	return nil
}

// stop releases what the server holds.
func (s *server) stop(cause error) {
	s.e.mu.Lock()
	delete(s.e.servers, s)
	s.e.mu.Unlock()
	for _, sub := range slices.Concat(s.calls, s.asks) {
		// It is drained already, or the connection is gone.
		_ = sub.Unsubscribe()
	}
	s.taker.stop(cause)
	s.runs.close(cause)
}

// drain ends subscriptions after their last messages have been handled.
func drain(ctx context.Context, subs []*subscription) error {
	for _, sub := range subs {
		if err := sub.Drain(); err != nil && !errors.Is(err, nats.ErrBadSubscription) {
			return fmt.Errorf("draining %s: %w", sub.Subject, err)
		}
	}
	for _, sub := range subs {
		select {
		case <-sub.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
