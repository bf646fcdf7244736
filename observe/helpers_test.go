package observe_test

import (
	"context"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
)

// args are the arguments of a handler that runs a function of the test, as generated
// code declares them.
type args struct {
	run func(context.Context) error
}

func (a args) Run(ctx context.Context) (struct{}, error) { return struct{}{}, a.run(ctx) }
func (args) Handler() any                                { return args.Run }

// A handler is a bridge under a name that is nowhere else in the program.
type handler = loop.Bridge[args, struct{}]

func nothing(context.Context) error { return nil }

func call(ctx context.Context, l *loop.Loop, h *handler, run func(context.Context) error) error {
	_, err := h.Call(ctx, l, args{run})
	return err
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
