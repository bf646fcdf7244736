package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
)

// grace is the time for handlers to finish after a signal to stop.
const grace = 10 * time.Second

// local calls handlers on a loop of this process. There is no server and no wire.
func (s *settings) local(ctx context.Context) (err error) {
	store, err := openStore(ctx, s.dir)
	if err != nil {
		return err
	}
	q := newQuotes(store, s.out)
	defer func() { err = errors.Join(err, q.loop.Shutdown(context.WithoutCancel(ctx)), store.close()) }()
	return s.call(ctx, newQuotesOnLoop(q))
}

// remote calls handlers, answers calls, or does both.
func (s *settings) remote(ctx context.Context) (err error) {
	engine, done, err := s.connect()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if s.role == "caller" {
		return s.call(ctx, newQuotesRemote(remote.NewClient(engine)))
	}
	stop, err := s.work(ctx, engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if s.role == "worker" {
		<-ctx.Done()
		return nil
	}
	return s.call(ctx, newQuotesRemote(remote.NewClient(engine)))
}

// connect returns an engine: one with a server in this process unless there is another.
func (s *settings) connect() (*natsremote.Engine, func() error, error) {
	// A worker that dies is replaced after five seconds here. A cluster across a network should have more.
	takeover := natsremote.WithTakeoverDelay(5 * time.Second)
	if s.server != "" || s.role != "both" {
		engine, err := natsremote.Connect(cmp.Or(s.server, "nats://127.0.0.1:4222"), takeover)
		if err != nil {
			return nil, nil, err
		}
		return engine, engine.Close, nil
	}
	server, err := embedded.Start(embedded.WithDir(filepath.Join(s.dir, "nats")))
	if err != nil {
		return nil, nil, err
	}
	engine, err := server.Connect(takeover)
	if err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	return engine, func() error { return errors.Join(engine.Close(), server.Close()) }, nil
}

// work starts a worker, and returns how it is stopped: first the worker, then the loop, then what
// handlers use.
func (s *settings) work(ctx context.Context, engine *natsremote.Engine) (func() error, error) {
	store, err := openStore(ctx, s.dir)
	if err != nil {
		return nil, err
	}
	var opts []remote.WorkerOption
	if s.name != "" {
		opts = append(opts, remote.WithName(s.name))
	}
	q, worker := newQuotes(store, s.out), remote.NewWorker(engine, opts...)
	if err := errors.Join(registerQuotes(worker, q), worker.Start(ctx)); err != nil {
		return nil, errors.Join(err, q.loop.Close(), store.close())
	}
	fmt.Fprintf(s.out, "worker %s is ready\n", worker.Name())
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err := errors.Join(worker.Shutdown(ctx), q.loop.Shutdown(ctx), store.close())
		fmt.Fprintf(s.out, "worker %s has stopped\n", worker.Name())
		return err
	}, nil
}
