package remote

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// A Worker answers calls by running handlers on their loops. Make one with [NewWorker],
// register handlers by generated functions, and start it. Its methods may be called by any
// goroutine at any time.
//
// A worker does not own loops: shut the worker down first, then the loops.
//
// Shutdown and Close of a nil Worker or a zero one do nothing, and Name, Done and Stats return zero values. Start, Run and
// the registration of handlers panic.
type Worker struct {
	workerPort
	engine  engine.Engine
	config  workerConfig
	counts  counters
	runners runners

	mu       sync.Mutex
	state    state
	handlers map[engine.Address]door.Handler
	server   engine.Server
	stopped  chan struct{} // closed when the worker has stopped
}

type state int

const (
	created state = iota + 1
	serving
	stopping
	closed
)

// defaultInFlight is how many calls a worker has begun at a time, unless told otherwise.
const defaultInFlight = 1024

// NewWorker returns a worker that is called through e. It panics if e or an option is nil.
func NewWorker(e engine.Engine, opts ...WorkerOption) *Worker {
	if e == nil {
		panic("remote: NewWorker needs an engine")
	}
	w := &Worker{engine: e, state: created, handlers: map[engine.Address]door.Handler{}, stopped: make(chan struct{})}
	w.workerPort = door.NewPort[door.Worker](registrar{w})
	w.config.inFlight = defaultInFlight
	for _, o := range opts {
		if o == nil {
			panic("remote: NewWorker got a nil option")
		}
		o.worker(&w.config)
	}
	w.config.name = word(cmp.Or(w.config.name, defaultName()))
	w.config.codecs = append(w.config.codecs, e.Codec(), JSON())
	return w
}

// defaultName tells workers apart, on one host too.
func defaultName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:4])
}

// word replaces what engines cannot have in a name.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(".*>/\\", r) {
			return '-'
		}
		return r
	}, name)
}

// made reports whether w has been made by NewWorker.
func (w *Worker) made() bool { return w != nil && w.engine != nil }

// mustBeMade panics unless w has been made by NewWorker.
func (w *Worker) mustBeMade(method string) {
	if !w.made() {
		panic("remote: " + method + " of a worker that is nil or was not made by NewWorker")
	}
}

// Name returns the worker's name. It is "" for a nil Worker.
func (w *Worker) Name() string {
	if w == nil {
		return ""
	}
	return w.config.name
}

// ErrStarted is returned by [Worker.Start] and by generated functions that register handlers, if the worker has
// been started or closed already.
var ErrStarted = errors.New("the worker has been started")

// workerPort is the way of generated code to the inside of a worker.
type workerPort = door.Port[door.Worker]

// A registrar is a worker, as generated code uses it.
type registrar struct{ worker *Worker }

// Register implements [door.Worker]. It fails once the worker has been
// started, and for a handler that is registered already.
func (r registrar) Register(handlers []door.Handler) error {
	w := r.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != created {
		return ErrStarted
	}
	for _, h := range handlers {
		if h.Serve == nil {
			return errors.New("register a handler that was not made by a Method")
		}
		if h.Fault != nil {
			return fmt.Errorf("register %s: %w", h.Route, h.Fault)
		}
		if _, ok := w.handlers[h.Route.Address]; ok {
			return fmt.Errorf("register %s: it is registered already", h.Route)
		}
		w.handlers[h.Route.Address] = h
	}
	return nil
}

// Start begins to take calls and returns. ctx bounds the beginning only.
func (w *Worker) Start(ctx context.Context) error {
	w.mustBeMade("Start")
	if err := w.begin(); err != nil {
		return err
	}
	server, err := w.engine.Serve(ctx, dispatcher{w})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.state = created
		return fmt.Errorf("start worker %s: %w", w.config.name, err)
	}
	if w.state == closed {
		return errors.Join(ErrStarted, server.Close())
	}
	w.server = server
	return nil
}

func (w *Worker) begin() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != created {
		return ErrStarted
	}
	w.state = serving
	return nil
}

// Run starts the worker, waits until ctx ends, and shuts the worker down, for which it
// takes up to grace.
func (w *Worker) Run(ctx context.Context, grace time.Duration) error {
	w.mustBeMade("Run")
	if err := w.Start(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-w.stopped:
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return w.Shutdown(ctx)
}

// Shutdown stops taking calls, waits until those that have begun are answered, and returns
// nil. No call is lost by it: other workers take over. If ctx ends before that, the contexts of
// the handlers that still run are canceled, and Shutdown returns the cause. It may be called
// again, and beside [Worker.Close].
func (w *Worker) Shutdown(ctx context.Context) error {
	if !w.made() {
		return nil
	}
	server, first := w.end(stopping)
	if !first || server == nil {
		return w.wait(ctx)
	}
	err := server.Shutdown(ctx)
	w.finish()
	return err
}

// Close stops at once: it cancels the contexts of the handlers that are running and does not
// wait for them. The calls fail with [ErrLost] or [ErrClosed].
func (w *Worker) Close() error {
	if !w.made() {
		return nil
	}
	server, _ := w.end(closed)
	var err error
	if server != nil {
		err = server.Close()
	}
	w.finish()
	return err
}

// end moves the worker on to another state, and returns the server if there is one to stop.
func (w *Worker) end(next state) (server engine.Server, first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first = w.state < stopping
	if w.state == created {
		next = closed
		defer w.finish()
	}
	w.state = max(w.state, next)
	return w.server, first
}

// finish says that nothing is served any more.
func (w *Worker) finish() {
	w.counts.once.Do(func() {
		close(w.stopped)
		w.runners.end()
	})
}

// wait waits for another call of Shutdown or Close.
func (w *Worker) wait(ctx context.Context) error {
	select {
	case <-w.stopped:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Done returns a channel that is closed when the worker has been shut down or closed. It returns nil if w is nil.
func (w *Worker) Done() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.stopped
}

// WorkerStats counts the calls that reached a worker, by their ends.
type WorkerStats struct {
	InFlight   int64 // begun and not answered
	Returned   int64 // the handler returned, with an error or without
	Panicked   int64 // the handler panicked or ended its goroutine
	Canceled   int64 // the caller gave up, or its time was over, before the handler started
	Refused    int64 // not run for another reason; the next two are part of it
	Overloaded int64 // too many at a time, for the worker or for the loop
	Malformed  int64 // cannot be decoded, or breaks a limit
}

// counters is what Stats reads.
type counters struct {
	once                                   sync.Once
	inFlight, returned, panicked, canceled atomic.Int64
	refused, overloaded, malformed         atomic.Int64
}

// Stats returns the present counts.
func (w *Worker) Stats() WorkerStats {
	if w == nil {
		return WorkerStats{}
	}
	c := &w.counts
	return WorkerStats{
		InFlight: c.inFlight.Load(), Returned: c.returned.Load(), Panicked: c.panicked.Load(), Canceled: c.canceled.Load(),
		Refused: c.refused.Load(), Overloaded: c.overloaded.Load(), Malformed: c.malformed.Load(),
	}
}

// count adds what came of a call.
func (c *counters) count(s engine.Status) {
	switch s {
	case engine.StatusOK, engine.StatusFailed, engine.StatusUnanswered:
		c.returned.Add(1)
	case engine.StatusPanicked, engine.StatusExited:
		c.panicked.Add(1)
	case engine.StatusCanceled:
		c.canceled.Add(1)
	case engine.StatusOverloaded:
		c.overloaded.Add(1)
		c.refused.Add(1)
	case engine.StatusMalformed:
		c.malformed.Add(1)
		c.refused.Add(1)
	default:
		c.refused.Add(1)
	}
}
