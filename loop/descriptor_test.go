package loop_test

import (
	"context"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// arguments are those of a handler that returns an Out and an error.
type arguments[Out any] interface {
	Run(ctx context.Context) (Out, error)
	Handler() any
}

// A requested is a request for any handler, where generated code declares one for each.
type requested[In arguments[Out], Out any] struct {
	in  In
	out Out
}

func (r *requested[In, Out]) Run(ctx context.Context) (err error) {
	r.out, err = r.in.Run(ctx)
	return err
}

func (r *requested[In, Out]) Handler() any { return r.in.Handler() }
func (r *requested[In, Out]) Result() Out  { return r.out }

// A descriptor is a bridge for requests of one type, with the functions that generated code
// calls as its methods.
type descriptor[In arguments[Out], Out any] struct {
	loopimpl.Bridge

	once          sync.Once
	same, inPlace loopimpl.Bridge
}

func (d *descriptor[In, Out]) variants() *descriptor[In, Out] {
	d.once.Do(func() {
		for _, b := range []*loopimpl.Bridge{&d.same, &d.inPlace} {
			b.Name, b.Abandon, b.NonReentrant, b.Chunk = d.Name, d.Abandon, d.NonReentrant, d.Chunk
		}
		d.same.Same, d.inPlace.InPlace = true, true
	})
	return d
}

func (d *descriptor[In, Out]) Call(ctx context.Context, l *loop.Loop, in In) (Out, error) {
	c, err := loopimpl.Call(ctx, l, &d.Bridge, requested[In, Out]{in: in})
	return c.out, err
}

func (d *descriptor[In, Out]) CallSame(ctx context.Context, l *loop.Loop, in In) (Out, error) {
	c, err := loopimpl.Call(ctx, l, &d.variants().same, requested[In, Out]{in: in})
	return c.out, err
}

func (d *descriptor[In, Out]) InPlace(ctx context.Context, l *loop.Loop, in In) (Out, error) {
	c, err := loopimpl.Call(ctx, l, &d.variants().inPlace, requested[In, Out]{in: in})
	return c.out, err
}

func (d *descriptor[In, Out]) InPlaceSame(ctx context.Context, l *loop.Loop, in In) Out {
	return loopimpl.Must(ctx, l, &d.variants().inPlace, requested[In, Out]{in: in}).out
}

func (d *descriptor[In, Out]) Go(ctx context.Context, l *loop.Loop, in In) *loop.Future[Out] {
	return loopimpl.Async(ctx, l, &d.Bridge, &requested[In, Out]{in: in})
}

func (d *descriptor[In, Out]) Spawn(ctx context.Context, l *loop.Loop, in In) error {
	return d.Bridge.Spawn(ctx, l, &requested[In, Out]{in: in})
}

func (d *descriptor[In, Out]) SpawnSame(ctx context.Context, l *loop.Loop, in In) {
	d.Bridge.SpawnSame(ctx, l, &requested[In, Out]{in: in})
}
