package natsremote

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go/jetstream"
)

// Backlog counts the stored calls of one version of a method that are not done yet.
type Backlog struct {
	engine.Route
	Stored uint64 // waiting, running, or to be tried again
	Served bool   // there is a worker that has this version
}

// Backlog returns the stored calls of a service by method and version, sorted. Durable work of a version that no worker has stays
// until such a worker starts: a deployment that changes a signature should not stop the last old worker before the old
// work is done.
func (e *Engine) Backlog(ctx context.Context, service string) ([]Backlog, error) {
	e.mustBeMade()
	stored := make(map[engine.Route]uint64)
	for _, s := range []struct {
		name, subjects string
		serial         bool
	}{
		{e.names.SerialStream(service), e.names.SerialAll(service), true},
		{e.names.DurableStream(service), e.names.DurableAll(service), false},
	} {
		stream, err := e.findStream(ctx, s.name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(s.subjects))
		if err != nil {
			return nil, err
		}
		for name, n := range info.State.Subjects {
			method, schema := subject.Tail(name)
			at := engine.Address{Service: service, Method: method, Schema: schema}
			stored[engine.Route{Address: at, Serial: s.serial, Durable: !s.serial}] += n
		}
	}
	var list []Backlog
	for r, n := range stored {
		list = append(list, Backlog{r, n, slices.Contains(e.versions(ctx, r), r.Schema)})
	}
	slices.SortFunc(list, func(a, b Backlog) int {
		return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.Schema, b.Schema))
	})
	return list, nil
}
