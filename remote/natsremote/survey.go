package natsremote

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

const (
	// maxVersions is how many versions of a method an error names.
	maxVersions = 16
	// maxPresence is how long the answer of one worker may be.
	maxPresence = 256 << 10
)

// A presence is what a worker answers when it is asked what it does. People read it too.
type presence struct {
	Worker  string     `json:"worker"`
	Methods []answered `json:"methods"`
}

type answered struct {
	Method  string `json:"method"`
	Schema  string `json:"schema"`
	Serial  bool   `json:"serial,omitempty"`
	Durable bool   `json:"durable,omitempty"`
}

// A survey asks all workers of a service what they answer. Calls that fail together share one.
type survey struct {
	done chan struct{}

	mu    sync.Mutex
	found map[answered]struct{}
}

// noWorker returns the error of a call that nobody listens to, with the other versions of r.
func (e *Engine) noWorker(ctx context.Context, r engine.Route) error {
	running := e.versions(ctx, r)
	if slices.Contains(running, r.Schema) {
		return engine.NoWorker()
	}
	return engine.NoWorker(running...)
}

// versions returns the schemas of a method that workers have, sorted.
func (e *Engine) versions(ctx context.Context, r engine.Route) []string {
	s := e.survey(r.Service)
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var running []string
	for a := range s.found {
		if a.Method == r.Method {
			running = append(running, a.Schema)
		}
	}
	slices.Sort(running)
	running = slices.Compact(running)
	return running[:min(len(running), maxVersions)]
}

// survey returns the survey of a service that is under way, or begins one.
func (e *Engine) survey(service string) *survey {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.asking[service]; s != nil {
		return s
	}
	s := &survey{done: make(chan struct{}), found: make(map[answered]struct{})}
	e.asking[service] = s
	go e.conduct(service, s)
	return s
}

// conduct lasts as long as it may, or until there is nobody to ask.
func (e *Engine) conduct(service string, s *survey) {
	defer func() {
		e.mu.Lock()
		delete(e.asking, service)
		e.mu.Unlock()
		close(s.done)
	}()
	nobody := make(chan struct{})
	once := sync.OnceFunc(func() { close(nobody) })
	to := e.names.Discovery(service)
	w, err := e.inbox.collect(to, func(m *nats.Msg) {
		if isNoResponders(m) {
			once()
		} else if err := s.add(m.Data); err != nil {
			e.count.malformed.Add(1)
		}
	})
	if err != nil {
		return
	}
	// It is not used again: an answer may be on its way.
	defer e.inbox.take(w)
	if err := e.nc.PublishRequest(to, w.reply, nil); err != nil {
		return
	}
	limit := time.NewTimer(e.config.survey)
	defer limit.Stop()
	select {
	case <-nobody:
	case <-w.events: // the engine is closed
	case <-limit.C:
	}
}

// add notes what a worker has answered.
func (s *survey) add(data []byte) error {
	if len(data) > maxPresence {
		return malformed("presence of %d bytes", len(data))
	}
	var p presence
	if err := json.Unmarshal(data, &p); err != nil {
		return malformed("presence: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range p.Methods {
		if len(s.found) < maxPresence/64 {
			s.found[a] = struct{}{}
		}
	}
	return nil
}
