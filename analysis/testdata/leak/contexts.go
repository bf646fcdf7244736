package leak

import (
	"context"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

type key struct{}

func harmless(ctx context.Context, l *loop.Loop, r *http.Request) {
	_ = loop.Spawn(ctx, l, func(own context.Context) {
		_ = ctx.Value(key{})
		_ = context.WithoutCancel(ctx).Err()
		kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = kept.Err()
		_ = context.WithoutCancel(r.Context())
		_ = r.Context().Value(key{})
	})
}

func replaced(ctx context.Context, l *loop.Loop) {
	ctx = context.WithoutCancel(ctx)
	_ = loop.Spawn(ctx, l, func(context.Context) { _ = ctx.Err() })
}

func replacedInside(ctx context.Context, l *loop.Loop) {
	_ = loop.Spawn(ctx, l, func(own context.Context) {
		ctx = own
		_ = ctx.Err()
	})
}

func pointer(ctx context.Context, l *loop.Loop) {
	change(&ctx)
	_ = loop.Spawn(ctx, l, func(context.Context) { _ = ctx.Err() })
}

func change(*context.Context) {}

func derived(ctx context.Context, l *loop.Loop, r *http.Request) {
	c, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	own, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	ctx = context.WithValue(ctx, key{}, 1)
	_ = loop.Spawn(ctx, l, func(context.Context) {
		_ = c.Err() // want `c ends with the caller and is used in spawned work`
		_ = own.Err()
		_ = ctx.Err() // want `ctx ends with the caller and is used in spawned work`
	})
	req := r.Context()
	_ = loop.Spawn(ctx, l, func(mine context.Context) {
		_ = req.Err()         // want `req ends with its request and is used in spawned work`
		_ = r.Context().Err() // want `a context that ends with its request is used in spawned work`
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
	_ = loop.Spawn(ctx, l, func(outer context.Context) {
		_ = loop.Spawn(outer, l, func(inner context.Context) {
			_ = ctx.Err() // want `ctx ends with the caller and is used in spawned work`
			_ = outer.Err()
			_ = r.Method // want `the \*http.Request is used in spawned work`
		})
		go func() {
			_ = r.Method // want `the \*http.Request is used in spawned work`
		}()
	})
}

// onVM: what is in spawned work need not run on its loop.
func onVM(ctx context.Context) {
	_ = loop.Spawn(ctx, log, func(ctx context.Context) {
		_, _ = loop.Call(ctx, vm, func(context.Context) (int, error) { return table["a"], nil })
		table = nil // want `table belongs to vm and is used in spawned work on log`
	})
}
