package leak

import (
	"context"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var (
	vm  = loop.New()
	log = loop.New()

	//asyncgen:confined loop=vm
	table = map[string]int{}
	//asyncgen:confined loop=vm
	count int
)

type entry struct {
	r    *http.Request
	ctx  context.Context
	path string
}

//asyncgen:spawn loop=log
func audit(r *http.Request) {}

//asyncgen:spawn loop=log
func note(ctx context.Context, path string, e entry, m map[string]int, n int) {}

//asyncgen:spawn loop=log
func later(ctx context.Context, e *entry, extra context.Context) {}

//asyncgen:spawn loop=log
func last(path string, ctx context.Context) {}

func serve(w http.ResponseWriter, r *http.Request) {
	_ = auditSpawn(r.Context(), r) // want `the \*http.Request goes into the work of auditSpawn, which goes on when the request is over: pass what it needs of it \[AV006\]`
	_ = noteSpawn(r.Context(), r.URL.Path, entry{path: r.URL.Path}, nil, 1)
	_ = noteSpawn(r.Context(), r.URL.Path, entry{r: r}, nil, 1) // want `the \*http.Request goes into the work of noteSpawn`
	_ = laterSpawn(r.Context(), &entry{ctx: r.Context()}, nil)  // want `a context that ends with its request goes into the work of laterSpawn: use the context that the work gets`
	_ = laterSpawn(r.Context(), nil, context.WithoutCancel(r.Context()))
	_ = laterSpawn(r.Context(), nil, r.Context()) // want `a context that ends with its request goes into the work of laterSpawn`
	_ = lastSpawn("", r.Context())

	path := r.URL.Path
	_ = log.Spawn(r.Context(), func(ctx context.Context) error {
		_ = path
		_ = r.URL.Path     // want `the \*http.Request is used in spawned work, which may go on when the request is over: take what it needs before`
		w.WriteHeader(200) // want `the http.ResponseWriter is used in spawned work`
		_ = r.Context()    // want `a context that ends with its request is used in spawned work, which goes on: use the context that the work gets`
		<-ctx.Done()
		return nil
	})
	//asyncgen:allow AV006 the caller waits for it
	_ = auditSpawn(r.Context(), r)
}

func work(ctx context.Context, l *loop.Loop) {
	_ = l.Spawn(ctx, func(c context.Context) error {
		_ = ctx.Err() // want `ctx ends with the caller and is used in spawned work, which goes on: use the context that the work gets`
		_ = c.Err()
		return nil
	})
	_ = l.Spawn(ctx, func(ctx context.Context) error { _ = ctx.Err(); return nil })
	kept := context.WithoutCancel(ctx)
	_ = l.Spawn(ctx, func(context.Context) error { _ = kept.Err(); return nil })
	l.AfterFunc(time.Second, func(context.Context) {
		_ = ctx.Err() // want `ctx ends with the caller and is used in spawned work`
	})
}

//asyncgen:bridge loop=vm
func give(ctx context.Context) {
	_ = noteSpawn(ctx, "", entry{}, table, count) // want `table belongs to vm and goes into the work of noteSpawn, which runs on log`
	_ = log.Spawn(ctx, func(context.Context) error {
		_ = table["a"] // want `table belongs to vm and is used in spawned work on log`
		return nil
	})
	_ = vm.Spawn(ctx, func(context.Context) error {
		_ = table["a"]
		return nil
	})
}

//asyncgen:bridge loop=vm
func page(w http.ResponseWriter, r *http.Request) {
	go func() {
		_ = r.URL // want `the \*http.Request is used in a goroutine, which may go on when the request is over: take what it needs before`
	}()
}
