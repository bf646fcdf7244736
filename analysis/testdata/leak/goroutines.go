package leak

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

func render(w http.ResponseWriter, r *http.Request, done chan struct{}) {}

func join(*sync.WaitGroup) {}

//asyncgen:bridge loop=vm
func waits(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	var wg sync.WaitGroup
	wg.Go(func() { _ = r.URL })
	wg.Add(1)
	go func() {
		defer wg.Done()
		_ = r.URL
	}()
	_ = loop.Await(ctx, func(context.Context) error { wg.Wait(); return nil })

	done := make(chan struct{})
	go render(w, r, done)
	<-done

	var other sync.WaitGroup
	other.Go(func() { w.WriteHeader(200) })
	join(&other)
}

//asyncgen:bridge loop=vm
func defers(w http.ResponseWriter, r *http.Request) {
	out := make(chan string)
	defer func() {
		for range out {
		}
	}()
	go func() {
		out <- r.Method
		close(out)
	}()
}

//asyncgen:bridge loop=vm
func forgets(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	go render(w, r, nil) // want `the http.ResponseWriter goes to a goroutine, which may go on when the request is over: pass what it needs of it` `the \*http.Request goes to a goroutine`
	go func(r *http.Request) {
		_ = r.URL
	}(r) // want `the \*http.Request goes to a goroutine`
	time.AfterFunc(time.Second, func() {
		_ = r.Context() // want `the \*http.Request is used in a goroutine`
	})
	<-ctx.Done()
}

// Routes has handlers that are none of a loop.
func Routes(mux *http.ServeMux) {
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		go func() { _ = r.URL }()
	})
}
