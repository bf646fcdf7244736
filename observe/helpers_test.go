package observe_test

import (
	"context"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A request is a call of a handler that runs a function of the test, as generated
// code declares it.
type request struct {
	run func(context.Context) error
}

func (r *request) Run(ctx context.Context) error { return r.run(ctx) }
func (*request) Handler() any                    { return (*request).Run }

// A handler is a bridge under a name that is nowhere else in the program.
type handler = loopimpl.Bridge

func nothing(context.Context) error { return nil }

func call(ctx context.Context, l *loop.Loop, h *handler, run func(context.Context) error) error {
	return loopimpl.Do(ctx, l, h, request{run})
}

func newLoop(t testing.TB, o loop.Observer, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(append(opts, loop.WithName("shop"), loop.WithObserver(o))...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}
