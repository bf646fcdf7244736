package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/mailer"
	"github.com/asyncgen/asyncgen/examples/greeter/internal/smtpsink"
	"github.com/asyncgen/asyncgen/loop"
)

// config is the configuration of the service.
type config struct {
	addr    string // where to listen for HTTP
	smtp    string // the mail server; empty means a sink of our own
	from    string // sender of all mails
	pause   time.Duration
	delays  []time.Duration // between the attempts to send a mail
	queue   int             // of the loop
	deliver func(smtpsink.Envelope) error
	log     *slog.Logger
	metrics bool   // serve them
	spans   string // the file to write them to, if any
}

// defaults returns the configuration of a service that was given no flags.
func defaults(log *slog.Logger) config {
	return config{
		addr:   "127.0.0.1:8080",
		from:   "greeter@localhost",
		pause:  time.Second,
		delays: []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second},
		queue:  1024,
		deliver: func(e smtpsink.Envelope) error {
			log.Info("mail arrived in the sink", "to", e.To, "bytes", len(e.Data))
			return nil
		},
		log: log,
	}
}

// service is everything that runs: an HTTP server, a loop, and a sink for mails if
// there is no mail server.
type service struct {
	greeter *greeter
	seen    *telemetry
	http    *http.Server
	sink    *smtpsink.Server
	url     string
	smtp    string
	running sync.WaitGroup
	failed  chan error // room for the two servers that may fail
}

// start returns a service that is running. It must be stopped.
func start(ctx context.Context, cfg config) (*service, error) {
	seen, err := newTelemetry(cfg)
	if err != nil {
		return nil, err
	}
	s := &service{smtp: cfg.smtp, seen: seen, failed: make(chan error, 2)}
	if s.smtp == "" {
		if err := s.startSink(ctx, cfg); err != nil {
			return nil, err
		}
	}
	s.greeter = &greeter{
		loop:   newLoop(cfg, seen.options...),
		mailer: mailer.New(s.smtp),
		from:   cfg.from,
		pause:  cfg.pause,
		delays: cfg.delays,
	}
	if err := s.startHTTP(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.stop(ctx))
	}
	return s, nil
}

func newLoop(cfg config, more ...loop.Option) *loop.Loop {
	return loop.New(append(more,
		loop.WithName("greeter"),
		loop.WithQueueSize(cfg.queue),
		// An HTTP client can try again later, so a full queue rejects a request.
		loop.WithOverflow(loop.OverflowReject),
		// A spawned mail has no waiting caller. These handlers receive its error.
		loop.WithErrorHandler(func(err *loop.Error) { cfg.log.Error("mail not sent", "handler", err.Handler, "error", err) }),
		loop.WithPanicHandler(func(p *loop.PanicError) { cfg.log.Error("mail not sent", "panic", p) }),
	)...)
}

func (s *service) startSink(ctx context.Context, cfg config) error {
	ln, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.smtp = ln.Addr().String()
	s.sink = smtpsink.New(smtpsink.Config{Deliver: cfg.deliver})
	s.running.Go(func() {
		if err := s.sink.Serve(ln); err != nil {
			s.failed <- fmt.Errorf("mail sink: %w", err)
		}
	})
	return nil
}

func (s *service) startHTTP(ctx context.Context, cfg config) error {
	s.http = &http.Server{
		Handler: s.seen.routes(web{greeter: s.greeter, log: cfg.log}.routes()),
		// Every request ends by itself, so stop needs no time limit.
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 30 * time.Second,
		IdleTimeout:  time.Minute,
		ErrorLog:     slog.NewLogLogger(cfg.log.Handler(), slog.LevelWarn),
	}
	ln, err := listen(ctx, cfg.addr)
	if err != nil {
		return err
	}
	s.url = "http://" + ln.Addr().String()
	s.running.Go(func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("http: %w", err)
		}
	})
	return nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", addr)
}

// stop ends the service in a fixed order: the servers accept no more requests and
// answer the current ones, then the loop drains, which delivers every accepted mail,
// and then the sink stops. If ctx ends first, stop gives up the rest and returns an
// error.
func (s *service) stop(ctx context.Context) error {
	var errs []error
	if err := s.http.Shutdown(ctx); err != nil {
		errs = append(errs, fmt.Errorf("http: %w", err), s.http.Close())
	}
	if err := s.greeter.loop.Shutdown(ctx); err != nil {
		errs = append(errs, fmt.Errorf("loop: %w", err))
		// Contexts have ended, so the handlers return soon; they may still use the mail server.
		<-s.greeter.loop.Done()
	}
	if s.sink != nil {
		errs = append(errs, s.sink.Close())
	}
	s.running.Wait()
	errs = append(errs, s.seen.stop(ctx)) // last, with the spans of all that
	return errors.Join(errs...)
}
