package leak

import (
	"context"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

type key struct{}

func harmless(ctx context.Context, l *loop.Loop, r *http.Request) {
	_ = l.Spawn(ctx, func(own context.Context) error {
		_ = ctx.Value(key{})
		_ = context.WithoutCancel(ctx).Err()
		kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = kept.Err()
		_ = context.WithoutCancel(r.Context())
		_ = r.Context().Value(key{})
		return nil
	})
}

func replaced(ctx context.Context, l *loop.Loop) {
	ctx = context.WithoutCancel(ctx)
	_ = l.Spawn(ctx, func(context.Context) error { _ = ctx.Err(); return nil })
}

func replacedInside(ctx context.Context, l *loop.Loop) {
	_ = l.Spawn(ctx, func(own context.Context) error {
		ctx = own
		_ = ctx.Err()
		return nil
	})
}

func pointer(ctx context.Context, l *loop.Loop) {
	change(&ctx)
	_ = l.Spawn(ctx, func(context.Context) error { _ = ctx.Err(); return nil })
}

func change(*context.Context) {}

func derived(ctx context.Context, l *loop.Loop, r *http.Request) {
	c, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	own, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	ctx = context.WithValue(ctx, key{}, 1)
	_ = l.Spawn(ctx, func(context.Context) error {
		_ = c.Err() // want `c ends with the caller and is used in spawned work`
		_ = own.Err()
		_ = ctx.Err() // want `ctx ends with the caller and is used in spawned work`
		return nil
	})
	req := r.Context()
	_ = l.Spawn(ctx, func(mine context.Context) error {
		_ = req.Err()         // want `req ends with its request and is used in spawned work`
		_ = r.Context().Err() // want `a context that ends with its request is used in spawned work`
		return nil
	})
}

func arguments(ctx context.Context, r *http.Request) {
	c, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = laterSpawn(ctx, nil, ctx)               // want `a context that ends with the caller goes into the work of laterSpawn`
	_ = laterSpawn(ctx, &entry{ctx: c}, nil)    // want `a context that ends with the caller goes into the work of laterSpawn`
	_ = laterSpawn(ctx, nil, context.WithValue( // want `a context that ends with its request goes into the work of laterSpawn`
		r.Context(), key{}, 1))
	_ = laterSpawn(ctx, nil, context.Background())
	_ = laterSpawn(ctx, nil, context.WithoutCancel(c))
}

func nested(ctx context.Context, l *loop.Loop, r *http.Request) {
	_ = l.Spawn(ctx, func(outer context.Context) error {
		_ = l.Spawn(outer, func(inner context.Context) error {
			_ = ctx.Err() // want `ctx ends with the caller and is used in spawned work`
			_ = outer.Err()
			_ = r.Method // want `the \*http.Request is used in spawned work`
			return nil
		})
		go func() {
			_ = r.Method // want `the \*http.Request is used in spawned work`
		}()
		return nil
	})
}

// onVM: what is in spawned work need not run on its loop.
func onVM(ctx context.Context) {
	_ = log.Spawn(ctx, func(ctx context.Context) error {
		_, _ = loop.Call(ctx, vm, func(context.Context) (int, error) { return table["a"], nil })
		table = nil // want `table belongs to vm and is used in spawned work on log`
		return nil
	})
}
