package looptest

import (
	"context"
	"errors"

	"github.com/asyncgen/asyncgen/loop"
)

var selfCallCases = []testCase{
	{about: SelfCall, name: "inline", run: selfInline},
	{about: SelfCall, name: "any_context", run: selfAnyContext},
	{about: SelfCall, name: "foreign_context", run: selfForeignContext},
	{about: SelfCall, name: "nonreentrant", run: selfNonReentrant},
	{about: SelfCall, name: "queued", run: selfQueued, needs: Await},
	{about: SelfCall, name: "in_await", run: selfInAwait, needs: Await},
	{about: SelfCall, name: "through_another", run: selfThroughAnother, needs: Await},
	{about: SelfCall, name: "own_queue_full", run: selfFull},
}

// A call from a handler runs at once, through any depth.
func selfInline(p *probe) {
	l := p.loop()
	var down func(ctx context.Context, depth int) (int, error)
	down = func(ctx context.Context, depth int) (int, error) {
		return loop.Call(ctx, l, func(ctx context.Context) (int, error) {
			if depth == 0 {
				return 0, nil
			}
			n, err := down(ctx, depth-1)
			return n + 1, err
		})
	}
	if n, err := down(p.Context(), 50); n != 50 || err != nil {
		p.Errorf("came down to %d, error %v; want 50", n, err)
	}
	p.alive(l)
}

// The goroutine shows that it runs the handler, whatever context the call brings.
func selfAnyContext(p *probe) {
	l := p.loop()
	var kept context.Context
	_ = run(p.Context(), l, func(ctx context.Context) error { kept = ctx; return nil })
	err := run(p.Context(), l, func(ctx context.Context) error {
		for _, ctx := range []context.Context{ctx, context.Background(), kept} {
			ran := false
			if err := run(ctx, l, func(context.Context) error { ran = true; return nil }); err != nil || !ran {
				p.Errorf("a call with the context %v: error %v, ran %v", ctx, err, ran)
			}
		}
		return nil
	})
	if err != nil {
		p.Error(err)
	}
	p.alive(l)
}

// A handler of another loop that has got the context of a running handler is not that
// handler: its call is queued.
func selfForeignContext(p *probe) {
	l, other := p.loop(), loop.New(loop.WithName("other"))
	defer func() { _ = other.Close() }()
	var f *loop.Future[int]
	busy := false
	err := run(p.Context(), l, func(ctx context.Context) error {
		busy = true
		f = loop.Async(context.Background(), other, func(context.Context) (int, error) {
			return 0, run(ctx, l, func(context.Context) error {
				if busy {
					p.Error("two handlers at once")
				}
				return nil
			})
		})
		p.until(func() bool { return l.Stats().Queued == 1 })
		busy = false
		return nil
	})
	if err != nil {
		p.Error(err)
	}
	if _, err := f.Await(p.Context()); err != nil {
		p.Error(err)
	}
}

// A bridge may refuse it.
func selfNonReentrant(p *probe) {
	l, ran := p.loop(), false
	err := alone.call(p.Context(), l, func(ctx context.Context) error {
		return alone.call(ctx, l, func(context.Context) error { ran = true; return nil })
	})
	p.passedOn(err, loop.ErrReentrant)
	if ran {
		p.Error("it ran")
	}
	p.alive(l)
}

// Futures and spawned tasks run after the handler, and the handler may await a
// future of its own loop.
func selfQueued(p *probe) {
	l, order := p.loop(), ""
	err := run(p.Context(), l, func(ctx context.Context) error {
		if err := l.Spawn(ctx, func(context.Context) error { order += "s"; return nil }); err != nil {
			return err
		}
		f := loop.Async(ctx, l, func(context.Context) (int, error) { order += "f"; return 42, nil })
		order += "h"
		v, err := f.Await(ctx)
		if v != 42 {
			p.Errorf("the future has %d, want 42", v)
		}
		order += "e"
		return err
	})
	if err != nil || order != "hsfe" {
		p.Errorf("error %v, order %q; want \"hsfe\"", err, order)
	}
}

// In Await the handler is off the loop, so its calls are queued like all others. It is off
// before the call can be taken for one that waits for itself.
func selfInAwait(p *probe) {
	l := p.loop()
	for range 500 {
		err := run(p.Context(), l, func(ctx context.Context) error {
			err := loop.Await(ctx, func(ctx context.Context) error {
				return run(ctx, l, nothing)
			})
			return err
		})
		if err != nil {
			p.Fatal(err)
		}
	}
}

// A handler that calls another loop in between comes back as a stranger: it is a
// cycle if it waits, and works if it awaits.
func selfThroughAnother(p *probe) {
	l, other := p.loop(), p.loop()
	err := run(p.Context(), l, func(ctx context.Context) error {
		err := loop.Await(ctx, func(ctx context.Context) error {
			return run(ctx, other, func(ctx context.Context) error { return run(ctx, l, nothing) })
		})
		return err
	})
	if err != nil {
		p.Error(err)
	}
}

// A handler does not wait for room that only its own end can make. It gets an error, that the
// queue is full or that waiting would be a deadlock.
func selfFull(p *probe) {
	l := p.loop(loop.WithQueueSize(1))
	err := run(p.Context(), l, func(ctx context.Context) error {
		if err := l.Spawn(ctx, func(context.Context) error { return nil }); err != nil {
			p.Errorf("the first: %v", err)
		}
		return l.Spawn(ctx, func(context.Context) error { p.Error("it ran"); return nil })
	})
	if !errors.As(err, new(*loop.DeadlockError)) {
		p.refused(err, loop.ErrFull)
	}
	p.alive(l)
}
