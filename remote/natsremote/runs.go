package natsremote

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// errCanceled is why the context of a handler ended whose caller gave up.
var errCanceled = errors.New("the caller gave up")

// runs are the calls that a server has begun, by the subjects that their replies go to. It lets
// callers know that handlers still run, and cancels those that nobody waits for.
type runs struct {
	e      *Engine
	worker string

	mu     sync.Mutex
	live   map[string]*run
	early  recent // reply subjects of cancels that came before their calls
	done   finished
	closed error         // why the contexts of further handlers end at once
	idle   chan struct{} // closed when nothing is live; nil if nobody waits
	beater *time.Timer   // exists while something is live
}

// A run is one of them.
type run struct {
	reply  string
	codec  string // of the call
	cancel context.CancelCauseFunc
}

func newRuns(e *Engine, worker string) *runs {
	return &runs{e: e, worker: worker, live: make(map[string]*run)}
}

// enter begins a run, and returns the context of its handler, or the status of a call
// that must not begin. Each run ends with leave.
func (s *runs) enter(reply, codec string) (context.Context, *run, engine.Status) {
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &run{reply, codec, cancel}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed != nil:
		cancel(s.closed)
		return nil, nil, engine.StatusClosed
	case s.early.has(reply):
		cancel(errCanceled)
		return nil, nil, engine.StatusCanceled
	case s.live[reply] != nil:
		cancel(nil)
		return nil, nil, engine.StatusMalformed
	}
	s.live[reply] = r
	if s.beater == nil {
		s.beater = time.AfterFunc(s.e.config.heartbeat, s.beat)
	}
	return ctx, r, ""
}

// finish ends a run and sends its reply.
func (s *runs) finish(r *run, out *engine.Reply) {
	s.e.reply(r.reply, r.codec, out)
	r.cancel(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done.add(r.reply, r.codec, out)
	s.forget(r)
}

// leave ends a run without a reply.
func (s *runs) leave(r *run) {
	r.cancel(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(r)
}

// forget removes a run, and lets those know who wait for the last. mu is held.
func (s *runs) forget(r *run) {
	delete(s.live, r.reply)
	if len(s.live) == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// cancel ends the context of a handler because its caller has given up. If there is none, the call may
// be still on its way: it comes on another subscription.
func (s *runs) cancel(reply string) {
	s.mu.Lock()
	r := s.live[reply]
	if r == nil {
		s.early.add(reply)
	}
	s.mu.Unlock()
	if r != nil {
		s.e.count.canceled.Add(1)
		r.cancel(errCanceled)
	}
}

// asked answers a caller that has not heard of its call.
func (s *runs) asked(reply string) {
	s.mu.Lock()
	live := s.live[reply] != nil
	given, ok := s.done.find(reply)
	s.mu.Unlock()
	switch {
	case live:
		s.alive(reply)
	case ok:
		s.e.reply(given.to, given.codec, given.reply)
	}
}

// beat lets all callers know that their handlers run. Most calls end before there is a beat, and cost no
// timer.
func (s *runs) beat() {
	s.mu.Lock()
	replies := make([]string, 0, len(s.live))
	for reply := range s.live {
		replies = append(replies, reply)
	}
	s.beater = nil
	if len(replies) > 0 {
		s.beater = time.AfterFunc(s.e.config.heartbeat, s.beat)
	}
	s.mu.Unlock()
	for _, reply := range replies {
		s.alive(reply)
	}
}

// alive sends one beat. Without a connection it does not arrive, and the caller is right to worry.
func (s *runs) alive(reply string) {
	m := s.e.out.envelope(reply, nil)
	m.room(2)
	m.set(headerStatus, string(statusBeat))
	m.set(headerWorker, escape(shorten(s.worker)))
	s.e.out.send(m)
}

// wait returns when nothing runs.
func (s *runs) wait(ctx context.Context) error {
	s.mu.Lock()
	if len(s.live) == 0 {
		s.mu.Unlock()
		return nil
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close ends the contexts of all handlers.
func (s *runs) close(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = cause
	for _, r := range s.live {
		r.cancel(cause)
	}
}

// recent remembers the last few strings. Its zero value is empty.
type recent struct {
	ring [1024]string
	next int
	set  map[string]struct{}
}

func (r *recent) add(s string) {
	if r.has(s) {
		return
	}
	if r.set == nil {
		r.set = make(map[string]struct{})
	}
	delete(r.set, r.ring[r.next])
	r.ring[r.next] = s
	r.next = (r.next + 1) % len(r.ring)
	r.set[s] = struct{}{}
}

func (r *recent) has(s string) bool {
	_, ok := r.set[s]
	return ok
}
