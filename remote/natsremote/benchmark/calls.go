package main

import (
	"context"
	"errors"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
)

// A contender is a way to call, or to do something else.
type contender struct {
	name  string
	batch measure.Batch
}

// The names of rows that others are compared with.
const (
	rowBare   = "bare `nc.RequestMsg`"
	rowRemote = "**remote call**"
	rowCoded  = "bare request, both ends encode and decode"
	rowGRPC   = "gRPC unary"
)

// A table is some contenders with one payload and one number of callers.
type table struct {
	Title   string
	Callers int
	Rows    []row
}

// A row is one contender in a table.
type row struct {
	Name   string
	Nanos  float64
	Ratio  measure.Ratio // to the first row
	ToCode float64       // ratio to the bare request that encodes and decodes, if that is in the table
	ToRPC  float64       // ratio to gRPC, likewise
	Allocs float64
	Bytes  float64
}

// measureTable measures the contenders in turns.
func measureTable(p measure.Plan, title string, callers int, list []contender) (table, error) {
	t := table{Title: title, Callers: callers}
	cases := make([]*measure.Case, len(list))
	for i, c := range list {
		cases[i] = &measure.Case{Name: c.name, Context: context.Background(), Callers: callers, Batch: c.batch}
	}
	series, err := measure.Rounds(p, cases)
	if err != nil {
		return t, err
	}
	for i, s := range series {
		r := row{Name: list[i].name, Nanos: s.Nanos(), Ratio: s.To(series[0]), Allocs: s.Allocs(), Bytes: s.Bytes()}
		for k, c := range list {
			switch c.name {
			case rowGRPC:
				r.ToRPC = s.To(series[k]).Median
			case rowCoded:
				r.ToCode = s.To(series[k]).Median
			}
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

// row returns the row with that name.
func (t table) row(name string) row {
	for _, r := range t.Rows {
		if r.Name == name {
			return r
		}
	}
	return row{}
}

// measureCalls measures calls with everything in this process.
func measureCalls(p measure.Plan, counts []int) (tables []table, err error) {
	var c closer
	defer func() { err = errors.Join(err, c.close()) }()
	list := echoers()
	s, err := startServer(&c)
	if err != nil {
		return nil, err
	}
	worker, err := workerEnd(&c, s.URL(), list)
	if err != nil {
		return nil, err
	}
	caller, err := callerEnd(&c, s.URL(), worker.site)
	if err != nil {
		return nil, err
	}
	inProcess, err := inProcessClient(&c, list)
	if err != nil {
		return nil, err
	}
	l := loop.New()
	c.add(l.Close)
	for _, e := range list {
		contenders, err := overLoopback(e, caller)
		if err != nil {
			return nil, err
		}
		client := remote.NewClient(caller.engine)
		contenders = append(contenders,
			contender{"remote call with a deadline", e.deadline(client)},
			contender{"remote call, embedded server, no TCP", e.remote(inProcess)},
			contender{"local call", e.local(l)})
		for _, n := range counts {
			t, err := measureTable(p, e.name(), n, contenders)
			if err != nil {
				return nil, err
			}
			tables = append(tables, t)
		}
	}
	return tables, nil
}

// overLoopback are those that are compared. The first bare request has the bytes that the remote call has
// as its body, and neither encodes nor decodes them.
func overLoopback(e echoer, caller *end) ([]contender, error) {
	payload, err := e.encoded(caller.engine.Codec())
	if err != nil {
		return nil, err
	}
	return []contender{
		{rowBare, request(caller.bare, payload)},
		{rowCoded, e.coded(caller.bare, caller.engine.Codec())},
		{rowRemote, e.remote(remote.NewClient(caller.engine))},
		{rowGRPC, e.rpc(caller.rpc)},
	}, nil
}

// inProcessClient starts an embedded server with its defaults and a worker, and returns a client.
func inProcessClient(c *closer, list []echoer) (*remote.Client, error) {
	s, err := embedded.Start()
	if err != nil {
		return nil, err
	}
	c.add(s.Close)
	var ends [2]engine.Engine
	for i := range ends {
		e, err := s.Connect()
		if err != nil {
			return nil, err
		}
		c.add(e.Close)
		ends[i] = e
	}
	return remote.NewClient(ends[0]), work(c, ends[1], list)
}
