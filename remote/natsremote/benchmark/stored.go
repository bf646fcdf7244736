package main

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
)

// A transfer is a serial call: each caller has keys of its own.
type transfer struct {
	Account string `json:"account"`
	Amount  int64  `json:"amount"`
}

type balance struct {
	Cents int64 `json:"cents"`
}

// A letter is durable work.
type letter struct {
	To   string `json:"to"`
	Text []byte `json:"text"`
}

type nothing struct{}

// stored is calls that a stream holds on their way.
type stored struct {
	deposit remoteimpl.Method[transfer, balance]
	send    remoteimpl.Method[letter, nothing]
	handled atomic.Int64 // letters
}

func newStored() *stored {
	return &stored{
		deposit: remoteimpl.Method[transfer, balance]{
			Service: "asyncgen_bench/Ledger", Name: "Deposit", Title: "bench.Ledger.Deposit",
			Serial: true, Key: func(in transfer) string { return remoteimpl.KeyOf(in.Account) },
		},
		send: remoteimpl.Method[letter, nothing]{
			Service: "asyncgen_bench/Mailer", Name: "Send", Title: "bench.Mailer.Send", Durable: true,
		},
	}
}

// work starts a worker.
func (s *stored) work(c *closer, e engine.Engine) error {
	l := loop.New()
	c.add(l.Close)
	w := remote.NewWorker(e)
	deposit := func(_ context.Context, in transfer) (balance, error) { return balance{in.Amount}, nil }
	send := func(context.Context, letter) (nothing, error) { s.handled.Add(1); return nothing{}, nil }
	err := remoteimpl.Register(w,
		s.deposit.On(func(transfer) *loop.Loop { return l }, deposit, deposit),
		s.send.On(func(letter) *loop.Loop { return l }, send, send),
	)
	if err != nil {
		return err
	}
	c.add(w.Close)
	return w.Start(context.Background())
}

// deposits makes serial calls.
func (s *stored) deposits(c *remote.Client) measure.Batch {
	return func(ctx context.Context, caller, n int) error {
		in := transfer{"account " + strconv.Itoa(caller), 1}
		for range n {
			if _, err := s.deposit.Call(ctx, c, in); err != nil {
				return err
			}
		}
		return nil
	}
}

// letters stores work, which is done meanwhile.
func (s *stored) letters(c *remote.Client) measure.Batch {
	in := letter{"you", newBlock().Data}
	return repeat(func(ctx context.Context) error { return s.send.Store(ctx, c, in) })
}

// storedCalls are serial calls and durable ones through the engines of connect.
func storedCalls(c *closer, name string, connect func() (*natsremote.Engine, error)) ([]contender, error) {
	var ends [2]*natsremote.Engine
	for i := range ends {
		e, err := connect()
		if err != nil {
			return nil, err
		}
		c.add(e.Close)
		ends[i] = e
	}
	s, client := newStored(), remote.NewClient(ends[0])
	if err := s.work(c, ends[1]); err != nil {
		return nil, err
	}
	return []contender{
		{"serial call, " + name, s.deposits(client)},
		{"durable, until it is stored, " + name, s.letters(client)},
	}, nil
}

// measureStored measures what streams cost: on an embedded server that writes to the disk before it
// answers, and on one that leaves that to the system, as NATS does by default.
func measureStored(p measure.Plan, counts []int) (tables []table, err error) {
	var c closer
	defer func() { err = errors.Join(err, c.close()) }()
	synced, err := embedded.Start()
	if err != nil {
		return nil, err
	}
	c.add(synced.Close)
	list, err := storedCalls(&c, "embedded server, fsync", func() (*natsremote.Engine, error) { return synced.Connect() })
	if err != nil {
		return nil, err
	}
	relaxed, err := startServer(&c)
	if err != nil {
		return nil, err
	}
	more, err := storedCalls(&c, "server over TCP, no fsync", func() (*natsremote.Engine, error) { return natsremote.Connect(relaxed.URL()) })
	if err != nil {
		return nil, err
	}
	for _, n := range counts {
		t, err := measureTable(p, "stored calls", n, append(list[:2:2], more...))
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}
