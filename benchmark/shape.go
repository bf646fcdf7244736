package benchmark

import (
	"context"
	"fmt"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
)

// A Shape is a use of loops that is more than a call from outside.
type Shape struct {
	Name string
	// Open starts the loops of the shape and returns the batch and a function that ends them.
	Open func() (measure.Batch, func())
}

// Names of the shapes that budgets of the report are about.
const (
	StreamElement = "element of a stream, default"
	Spawned       = "Spawn, 256 under way, default"
	Started       = "Go, 256 under way, none awaited, default"
)

// window is how many asynchronous calls are under way at the same time.
const window = 256

// Shapes returns the shapes in the order of the report.
func Shapes() []Shape {
	inline, thread := loop.WithInline(), loop.WithThread()
	return []Shape{
		{"call of another loop from a handler, default", across()},
		{"call of another loop from a handler, WithInline", across(inline)},
		{"Await of an empty function, default", within(awaitNothing)},
		{"Await of an empty function, WithInline", within(awaitNothing, inline)},
		{"Await of an empty function, WithThread", within(awaitNothing, thread)},
		{"Go, 256 under way, then Await each, default", streamed(goStream)},
		{"Go, 256 under way, then Await each, WithThread", streamed(goStream, thread)},
		{Started, streamed(startStream)},
		{Spawned, streamed(spawnStream)},
		{"channel requests, 256 under way, hand-written", writtenStream},
		{StreamElement, elements()},
		{"element of a stream, WithInline", elements(inline)},
		{"element of a stream, WithThread", elements(thread)},
	}
}

// within returns the opener of a batch of calls of do by one handler of a loop.
func within(do func(context.Context, *loop.Loop, *Book) error, opts ...loop.Option) func() (measure.Batch, func()) {
	return func() (measure.Batch, func()) {
		l := onLoop{NewBook(0), loop.New(opts...)}
		return func(ctx context.Context, _, n int) error {
			return repeatOnLoop(ctx, l.loop, n, func(ctx context.Context) error { return do(ctx, l.loop, l.book) })
		}, l.Close
	}
}

// across returns the opener of a batch of calls of one loop by a handler of another.
func across(opts ...loop.Option) func() (measure.Batch, func()) {
	return func() (measure.Batch, func()) {
		outer, inner := onLoop{nil, loop.New(opts...)}, onLoop{NewBook(0), loop.New(opts...)}
		batch := func(ctx context.Context, _, n int) error {
			return repeatOnLoop(ctx, outer.loop, n, func(ctx context.Context) error {
				return deposit0(ctx, inner.loop, inner.book)
			})
		}
		return batch, func() { outer.Close(); inner.Close() }
	}
}

func deposit0(ctx context.Context, l *loop.Loop, b *Book) error {
	_, err := depositOnLoop(ctx, l, b, 0, 1)
	return err
}

func awaitNothing(ctx context.Context, _ *loop.Loop, _ *Book) error {
	return loop.Await(ctx, func(context.Context) error { return nil })
}

// elements returns the opener of a batch that is one stream.
func elements(opts ...loop.Option) func() (measure.Batch, func()) {
	return func() (measure.Batch, func()) {
		l := onLoop{NewBook(0), loop.New(opts...)}
		return func(ctx context.Context, _, n int) error {
			for _, err := range turnoverOnLoop(ctx, l.loop, l.book, 0, n) {
				if err != nil {
					return err
				}
				n--
			}
			if n != 0 {
				return fmt.Errorf("%d elements are missing", n)
			}
			return nil
		}, l.Close
	}
}

// streamed returns the opener of a batch of calls that stream makes a window at a
// time.
func streamed(stream func(context.Context, onLoop, int) error, opts ...loop.Option) func() (measure.Batch, func()) {
	return func() (measure.Batch, func()) {
		l := onLoop{NewBook(0), loop.New(opts...)}
		return inWindows(func(ctx context.Context, n int) error { return stream(ctx, l, n) }), l.Close
	}
}

// inWindows divides a batch into windows.
func inWindows(stream func(ctx context.Context, n int) error) measure.Batch {
	return func(ctx context.Context, _, n int) error {
		for ; n > 0; n -= window {
			if err := stream(ctx, min(n, window)); err != nil {
				return err
			}
		}
		return nil
	}
}

// goStream starts n calls and awaits all of them.
func goStream(ctx context.Context, l onLoop, n int) error {
	var futures [window]*loop.Future[int64]
	for i := range n {
		futures[i] = depositAsync(ctx, l.loop, l.book, 0, 1)
	}
	for _, f := range futures[:n] {
		if _, err := f.Await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startStream starts n-1 calls and drops their results; the call at the end returns
// after all of them.
func startStream(ctx context.Context, l onLoop, n int) error {
	for range n - 1 {
		_ = depositAsync(ctx, l.loop, l.book, 0, 1)
	}
	return deposit0(ctx, l.loop, l.book)
}

// spawnStream spawns n-1 handlers; the call at the end returns after all of them.
func spawnStream(ctx context.Context, l onLoop, n int) error {
	for range n - 1 {
		if err := depositSpawn(ctx, l.loop, l.book, 0, 1); err != nil {
			return err
		}
	}
	return deposit0(ctx, l.loop, l.book)
}

// writtenStream is goStream for the bridge that people write.
func writtenStream() (measure.Batch, func()) {
	h := newBridge(NewBook(0), false)
	return inWindows(func(ctx context.Context, n int) error {
		var under [window]chan reply
		for i := range n {
			under[i] = make(chan reply, 1)
			select {
			case h.requests <- request{ctx, 0, 1, under[i]}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		for _, r := range under[:n] {
			select {
			case <-r:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}), h.Close
}
