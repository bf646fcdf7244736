// Package remotetest has an engine in memory, for tests of programs that call handlers on
// workers. It needs no server and no network and may be used in a testing/synctest bubble.
//
//	engine := remotetest.New()
//	worker := remote.NewWorker(engine)
//	shop.RegisterQuotes(worker, target)
//	worker.Start(ctx)
//	quotes := shop.NewQuotesRemote(remote.NewClient(engine))
package remotetest

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
)

// An Engine carries calls within one process. Messages are encoded and decoded as they are on a
// wire. Make one with [New]; its methods may be called by any goroutine at any time. Close, Wait and DeadLetters of a nil Engine
// or a zero one do nothing, its other methods panic.
type Engine struct {
	codec remote.Codec

	mu      sync.Mutex
	servers []*server
	next    int              // whose turn it is
	keys    map[string]*turn // serial calls, by service and key
	fence   uint64           // the last one given
	stored  map[string]bool  // IDs of work that was accepted
	dead    []DeadLetter
	work    sync.WaitGroup  // durable work that has not ended
	life    context.Context // of durable work
	end     context.CancelFunc
}

// New returns an engine that encodes as JSON.
func New() *Engine {
	e := &Engine{codec: remote.JSON(), keys: map[string]*turn{}, stored: map[string]bool{}}
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

// made reports whether e has been made by New.
func (e *Engine) made() bool { return e != nil && e.keys != nil }

// mustBeMade panics unless e has been made by New.
func (e *Engine) mustBeMade() {
	if !e.made() {
		panic("remotetest: the engine is nil or was not made by New")
	}
}

// Close ends the servers and forgets durable work that waits for a worker or for another
// attempt. It returns when none is running.
func (e *Engine) Close() error {
	if !e.made() {
		return nil
	}
	e.end()
	e.mu.Lock()
	servers := slices.Clone(e.servers)
	e.mu.Unlock()
	for _, s := range servers {
		_ = s.Close() // it cannot fail
	}
	e.work.Wait()
	return nil
}

// Codec implements [engine.Engine].
func (e *Engine) Codec() remote.Codec {
	e.mustBeMade()
	return e.codec
}

// MaxMessage implements [engine.Engine]. It is a mebibyte.
func (e *Engine) MaxMessage() int { return 1 << 20 }

// Call implements [engine.Engine]. A caller whose context ends waits for the handler to see
// that, as it does with a local call.
func (e *Engine) Call(ctx context.Context, c *engine.Call) (*engine.Reply, error) {
	e.mustBeMade()
	if c.Serial {
		release, err := e.wait(ctx, c)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	s, err := e.pick(c.Route)
	if err != nil {
		return nil, err
	}
	return s.call(ctx, e.delivered(c, 1)), nil
}

// delivered returns c as its worker gets it.
func (e *Engine) delivered(c *engine.Call, attempt int) *engine.Call {
	got := *c
	got.Attempt = attempt
	if got.ID == "" {
		got.ID = rand.Text()
	}
	if c.Serial {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.fence++
		got.Fence = e.fence
	}
	return &got
}

// pick returns a server with the method: each in its turn.
func (e *Engine) pick(r engine.Route) (*server, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var running []string
	for i := range e.servers {
		s := e.servers[(e.next+i)%len(e.servers)]
		if slices.Contains(s.routes, r) {
			e.next += i + 1
			s.begun.Add(1)
			return s, nil
		}
		for _, have := range s.routes {
			if have.Service == r.Service && have.Method == r.Method {
				running = append(running, have.Schema)
			}
		}
	}
	slices.Sort(running)
	return nil, engine.NoWorker(slices.Compact(running)...)
}

// Serve implements [engine.Engine].
func (e *Engine) Serve(ctx context.Context, d engine.Dispatcher) (engine.Server, error) {
	e.mustBeMade()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s := &server{engine: e, dispatcher: d, routes: d.Methods()}
	s.life, s.end = context.WithCancelCause(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.servers = append(e.servers, s)
	return s, nil
}

// errServerClosed is why the contexts of handlers end.
var errServerClosed = errors.New("the worker is closed")

// server is one worker.
type server struct {
	engine     *Engine
	dispatcher engine.Dispatcher
	routes     []engine.Route
	life       context.Context
	end        context.CancelCauseFunc
	begun      sync.WaitGroup
}

// call runs a call that begun counts already.
func (s *server) call(ctx context.Context, c *engine.Call) *engine.Reply {
	defer s.begun.Done()
	start, refused := s.dispatcher.Begin(c)
	if refused != nil {
		return refused
	}
	// The worker's context has nothing of the caller's: only what a message carries arrives.
	running, cancel := context.WithCancelCause(s.life)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	defer stop()
	replies := make(chan *engine.Reply, 1)
	start(running, func(r *engine.Reply) { replies <- r })
	return <-replies
}

// Shutdown implements [engine.Server].
func (s *server) Shutdown(ctx context.Context) error {
	s.leave()
	done := make(chan struct{})
	go func() {
		s.begun.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.end(errServerClosed)
		return nil
	case <-ctx.Done():
		s.end(context.Cause(ctx))
		return context.Cause(ctx)
	}
}

// Close implements [engine.Server].
func (s *server) Close() error {
	s.leave()
	s.end(errServerClosed)
	return nil
}

// leave makes the engine forget s.
func (s *server) leave() {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	s.engine.servers = slices.DeleteFunc(s.engine.servers, func(have *server) bool { return have == s })
}
