package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// A service is one worker: listeners, which other workers may share, an HTTP server
// and a ledger with its loop.
type service struct {
	ledger    *ledger
	http      *http.Server
	listeners []net.Listener
	stopping  atomic.Bool
	accepting sync.WaitGroup     // one for each listener
	conns     sync.WaitGroup     // one for each connection that is open
	failed    chan error         // room for every listener
	parts     loop.ShutdownGroup // what stops, in its order
}

// start returns a worker that accepts. It must be stopped.
func start(ctx context.Context, cfg config) (*service, error) {
	listeners, err := listen(ctx, cfg.addr)
	if err != nil {
		return nil, err
	}
	l, err := openLedger(cfg.journal, cfg.delay)
	if err != nil {
		return nil, errors.Join(err, closeAll(listeners))
	}
	s := &service{ledger: l, listeners: listeners, failed: make(chan error, len(listeners))}
	s.http = &http.Server{
		Handler:     web{ledger: l, stopping: &s.stopping}.routes(),
		ConnState:   s.connState,
		IdleTimeout: cfg.idle,
		// A client may connect before its first request, and is idle until then.
		ReadHeaderTimeout: cfg.idle,
		ReadTimeout:       cfg.idle + 10*time.Second,
	}
	journal := s.parts.AddCloser("journal", l.journal)
	work := s.parts.Add("ledger", l.loop, journal)
	s.parts.AddFunc("http", s.leave, work)
	for _, ln := range listeners {
		s.accepting.Go(func() {
			if err := s.http.Serve(ln); !s.stopping.Load() {
				s.failed <- fmt.Errorf("http: %w", err)
			}
		})
	}
	return s, nil
}

// listen returns the sockets of systemd, or else one of its own.
func listen(ctx context.Context, addr string) ([]net.Listener, error) {
	listeners, err := inherited()
	if err != nil || len(listeners) > 0 {
		return listeners, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return []net.Listener{ln}, nil
}

// connState counts connections. They are added by the goroutines that accept, so none
// is when those have ended.
func (s *service) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	case http.StateActive, http.StateIdle:
	}
}

// stop ends the worker: first the listeners and the connections, then the loop, which
// drains, then the journal. Parts that have not ended when ctx ends are given up.
func (s *service) stop(ctx context.Context) error { return s.parts.Shutdown(ctx) }

// leave stops serving. New connections go to another worker, because systemd holds the socket.
// Open connections get all responses; the next one announces the end of the connection.
func (s *service) leave(ctx context.Context) error {
	s.stopping.Store(true)
	errs := []error{notify("STOPPING=1"), closeAll(s.listeners)}
	s.accepting.Wait()
	return errors.Join(append(errs, s.disconnect(ctx))...)
}

// disconnect waits until no connection is open. Shutdown alone would close idle ones at
// once, and with them a request that is on its way; a client that does not repeat a
// POST by itself, rightly, would see it fail. So an idle connection stays until it is used
// or its time is up, as it would in a worker that does not stop.
func (s *service) disconnect(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		s.conns.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-ctx.Done():
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-gone // the contexts of requests have ended, so their bridges return
	return err
}
