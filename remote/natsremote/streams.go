package natsremote

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// streams is what an engine has for stored calls: serial ones, and durable work.
type streams struct {
	e *Engine

	mu       sync.Mutex
	nc       *nats.Conn // of workers, so that what arrives there does not delay replies; nil until needed
	inboxes  map[string]*inbox
	breakers map[string]*breaker
	agreed   map[string]struct{} // services with as many partitions as we believe
	muted    map[string]struct{} // callers that have not answered, by what their reply subjects begin with
	closed   bool
}

func newStreams(e *Engine) *streams {
	return &streams{
		e: e, inboxes: make(map[string]*inbox), breakers: make(map[string]*breaker), agreed: make(map[string]struct{}), muted: make(map[string]struct{}),
	}
}

// connection returns the connection of workers, which is made for the first of them.
func (s *streams) connection() (*nats.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, engine.ErrClosed
	}
	if s.nc != nil {
		return s.nc, nil
	}
	o := s.e.nc.Opts
	o.Name += " streams"
	o.ClosedCB, o.ReconnectedCB = nil, nil // are about the other connection
	nc, err := o.Connect()
	if err != nil {
		return nil, fmt.Errorf("connecting to NATS for streams: %w", err)
	}
	s.nc = nc
	return nc, nil
}

// manager returns what streams are looked at with, and made by callers.
func (e *Engine) manager() (jetstream.JetStream, error) { return jetstream.New(e.nc) }

// inbox returns where replies to serial calls of a service arrive.
func (s *streams) inbox(service string) *inbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.inboxes[service]
	if b == nil {
		b = newInbox(s.e.nc, s.e.config.heartbeatTimeout, &s.e.count, s.e.ask)
		b.base = s.e.names.Replies(service, s.e.inboxPrefix())
		b.stray = s.e.refuseClaim
		b.closed = s.closed
		s.inboxes[service] = b
	}
	return b
}

// maxMuted limits what is remembered of callers that do not answer.
const maxMuted = 1024

// patience returns how long to wait for a caller's answer.
func (s *streams) patience(caller string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.muted[caller]; ok {
		return min(first, s.e.config.heartbeatTimeout)
	}
	return s.e.config.heartbeatTimeout
}

// mute notes whether a caller answers.
func (s *streams) mute(caller string, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !yes {
		delete(s.muted, caller)
		return
	}
	if len(s.muted) >= maxMuted {
		clear(s.muted)
	}
	s.muted[caller] = struct{}{}
}

// eachInbox does something with all inboxes of the engine.
func (e *Engine) eachInbox(do func(b *inbox)) {
	e.streams.mu.Lock()
	inboxes := slices.Collect(maps.Values(e.streams.inboxes))
	e.streams.mu.Unlock()
	for _, b := range append(inboxes, e.inbox) {
		do(b)
	}
}

// inboxPrefix returns what the engine's inboxes begin with.
func (e *Engine) inboxPrefix() string {
	if e.nc.Opts.InboxPrefix == "" {
		return "_INBOX"
	}
	return e.nc.Opts.InboxPrefix
}

// breaker returns that of a stream.
func (s *streams) breaker(stream string) *breaker {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.breakers[stream]
	if b == nil {
		b = &breaker{}
		s.breakers[stream] = b
	}
	return b
}

// close ends all calls that wait, and the connection of workers.
func (s *streams) close() {
	s.mu.Lock()
	inboxes, nc := s.inboxes, s.nc
	s.inboxes, s.closed = make(map[string]*inbox), true
	s.mu.Unlock()
	for _, b := range inboxes {
		b.close()
	}
	if nc != nil {
		nc.Close()
	}
}
