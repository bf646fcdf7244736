package conformance

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

// asyncgen returns the executors that run by themselves.
func asyncgen() []Subject {
	subject := func(name, idiom string, opts ...loop.Option) Subject {
		return Subject{Name: name, Module: asyncgenModule, Idiom: idiom, Start: func() Owner { return onLoop(loop.New(opts...)) }}
	}
	return []Subject{
		subject("asyncgen", "`loop.New`, a generated bridge or `loop.Call`, `Shutdown`"),
		subject("asyncgen, inline", "the same with `WithInline`", loop.WithInline()),
		subject("asyncgen, thread", "the same with `WithThread`", loop.WithThread()),
	}
}

func onLoop(l *loop.Loop) Owner {
	return Owner{
		Call: func(ctx context.Context, fn func(context.Context)) error {
			err := l.Do(ctx, func(ctx context.Context) error {
				fn(ctx)
				return nil
			})
			return err
		},
		Stop: func() { _ = l.Shutdown(context.Background()) },
	}
}
