package benchmark

import (
	"context"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
)

// made returns the ways to make a loop, in the order of the report.
func made() []Shape {
	return []Shape{
		{"New, default", making(justNew)},
		{"New with a name, default", making(justNew, loop.WithName("book"))},
		{"New, WithInline", making(justNew, loop.WithInline())},
		{"New, WithThread", making(justNew, loop.WithThread())},
	}
}

// Makings returns the shapes that make loops, and end them.
func Makings() []Shape {
	return append(
		made(),
		Shape{"New and Close, default", making(newAndClose)},
		Shape{"New, a call, and Close, default", making(newCallAndClose)},
	)
}

// BoundMakings returns the names of the [Makings] with a budget in the report.
func BoundMakings() []string {
	var names []string
	for _, s := range made() {
		names = append(names, s.Name)
	}
	return names
}

// making returns the opener of a batch of lives of a loop.
func making(life func(context.Context, ...loop.Option) error, opts ...loop.Option) func() (measure.Batch, func()) {
	batch := func(ctx context.Context, _, n int) error {
		for range n {
			if err := life(ctx, opts...); err != nil {
				return err
			}
		}
		return nil
	}
	return func() (measure.Batch, func()) { return batch, func() {} }
}

// justNew leaves the loop to the garbage collector.
func justNew(_ context.Context, opts ...loop.Option) error {
	loop.New(opts...)
	return nil
}

func newAndClose(_ context.Context, opts ...loop.Option) error {
	onLoop{nil, loop.New(opts...)}.Close()
	return nil
}

func newCallAndClose(ctx context.Context, opts ...loop.Option) error {
	l := onLoop{nil, loop.New(opts...)}
	defer l.Close()
	return repeatOnLoop(ctx, l.loop, 0, nil)
}
