package main

import (
	"context"
	"errors"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"google.golang.org/grpc"
)

// A closer collects what has to be closed, and closes the last first.
type closer struct{ list []func() error }

func (c *closer) add(f func() error) { c.list = append(c.list, f) }
func (c *closer) addFunc(f func())   { c.add(func() error { f(); return nil }) }

func (c *closer) close() error {
	var errs []error
	for i := len(c.list) - 1; i >= 0; i-- {
		errs = append(errs, c.list[i]())
	}
	c.list = nil
	return errors.Join(errs...)
}

// startServer starts a NATS server as one is started by its command: on a TCP port, without JetStream's
// extra care for the disk.
func startServer(c *closer) (*embedded.Server, error) {
	s, err := embedded.Start(embedded.WithPort(server.RANDOM_PORT), embedded.WithServerOptions(func(o *server.Options) {
		o.SyncAlways = false
	}))
	if err == nil {
		c.add(s.Close)
	}
	return s, err
}

// An end is one end of the wire: everything in it has connections of its own.
type end struct {
	bare   *nats.Conn
	engine *natsremote.Engine
	rpc    *grpc.ClientConn // of the caller's end
	site   string           // where gRPC listens, of the worker's end
}

// connect connects one end to the server at url.
func connect(c *closer, url string) (*end, error) {
	nc, err := nats.Connect(url)
	if err != nil {
		return nil, err
	}
	c.addFunc(nc.Close)
	e, err := natsremote.Connect(url)
	if err != nil {
		return nil, err
	}
	c.add(e.Close)
	return &end{bare: nc, engine: e}, nil
}

// workerEnd is an end that answers, in all three ways.
func workerEnd(c *closer, url string, list []echoer) (*end, error) {
	e, err := connect(c, url)
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		if err := h.respond(e.bare, e.engine.Codec()); err != nil {
			return nil, err
		}
	}
	if err := respond(e.bare); err != nil {
		return nil, err
	}
	if err := work(c, e.engine, list); err != nil {
		return nil, err
	}
	site, stop, err := serveRPC(list)
	if err != nil {
		return nil, err
	}
	c.addFunc(stop)
	e.site = site
	return e, nil
}

// callerEnd is an end that calls.
func callerEnd(c *closer, url, site string) (*end, error) {
	e, err := connect(c, url)
	if err != nil {
		return nil, err
	}
	if e.rpc, err = dialRPC(site); err != nil {
		return nil, err
	}
	c.add(e.rpc.Close)
	return e, nil
}

// work starts a worker with a loop of its own.
func work(c *closer, e engine.Engine, list []echoer) error {
	l := loop.New()
	c.add(l.Close)
	w := remote.NewWorker(e)
	for _, h := range list {
		if err := h.register(w, l); err != nil {
			return err
		}
	}
	c.add(w.Close)
	return w.Start(context.Background())
}
