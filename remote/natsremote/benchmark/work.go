package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
)

// digest is a handler that needs a processor, for some tenths of a millisecond.
func digest(_ context.Context, in block) (block, error) {
	sum := sha256.Sum256(in.Data)
	for range 4000 {
		sum = sha256.Sum256(sum[:])
	}
	return block{sum[:]}, nil
}

// digestCallers is how many callers there are: enough for three workers.
const digestCallers = 12

// measureWork measures how much of such a handler is done by one worker, by three, and by the processor
// if nothing else is in the way.
func measureWork(p measure.Plan) (t table, err error) {
	var c closer
	defer func() { err = errors.Join(err, c.close()) }()
	s, err := startServer(&c)
	if err != nil {
		return t, err
	}
	var list []contender
	for _, n := range []struct {
		prefix, name string
		workers      int
	}{{"one", "one worker", 1}, {"three", "three workers", 3}} {
		m := &remoteimpl.Method[block, block]{Service: "asyncgen_bench", Name: "Digest", Title: "bench.Digest"}
		client, err := workers(&c, s.URL(), n.prefix, n.workers, m)
		if err != nil {
			return t, err
		}
		list = append(list, contender{n.name, repeat(func(ctx context.Context) error {
			_, err := m.Call(ctx, client, newBlock())
			return err
		})})
	}
	list = append(list, contender{"the handler alone, one goroutine for each core", digestAlone})
	return measureTable(p, "a handler that needs a processor", digestCallers, list)
}

// workers starts n workers that nobody else's calls reach, each with a loop and a connection of its own,
// and returns a client.
func workers(c *closer, url, prefix string, n int, m *remoteimpl.Method[block, block]) (*remote.Client, error) {
	connect := func() (*natsremote.Engine, error) {
		e, err := natsremote.Connect(url, natsremote.WithSubjectPrefix(prefix))
		if err == nil {
			c.add(e.Close)
		}
		return e, err
	}
	for range n {
		e, err := connect()
		if err != nil {
			return nil, err
		}
		l := loop.New()
		c.add(l.Close)
		w := remote.NewWorker(e)
		if err := remoteimpl.Register(w, m.On(func(block) *loop.Loop { return l }, digest, digest)); err != nil {
			return nil, err
		}
		c.add(w.Close)
		if err := w.Start(context.Background()); err != nil {
			return nil, err
		}
	}
	e, err := connect()
	if err != nil {
		return nil, err
	}
	return remote.NewClient(e), nil
}

// digestAlone does the work of all callers on the goroutines of the first few of them.
func digestAlone(ctx context.Context, caller, n int) error {
	if caller != 0 {
		return nil
	}
	var all sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for i := range cores {
		all.Go(func() {
			for range n*digestCallers/cores + min(1, max(0, n*digestCallers%cores-i)) {
				_, _ = digest(ctx, newBlock()) // it has no errors
			}
		})
	}
	all.Wait()
	return nil
}
