package loop_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
)

func ExampleNew() {
	l := loop.New(loop.WithName("cart"), loop.WithQueueSize(64))
	defer l.Close()

	cart := map[string]int{} // belongs to the loop
	_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) {
		cart["apple"] += 2
		return cart["apple"], nil
	})
	fmt.Println(l.Name(), err)
	// Output: cart <nil>
}

func ExampleAsync() {
	ctx := context.Background()
	l := loop.New()
	defer l.Close()

	squares := make([]*loop.Future[int], 4)
	for i := range squares { // all are submitted before the first is waited for
		squares[i] = loop.Async(ctx, l, func(context.Context) (int, error) { return i * i, nil })
	}
	for _, square := range squares {
		fmt.Println(square.Await(ctx))
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
	// 4 <nil>
	// 9 <nil>
}

func ExampleAwait() {
	ctx := context.Background()
	l := loop.New()
	defer l.Close()

	// fetch stands for something slow that does not need the loop.
	fetch := func(context.Context) (string, error) { return "page", nil }
	fetched := 0
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			_, _ = loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				page, err := loop.AwaitValue(ctx, fetch) // 20 at the same time
				fetched += len(page)                     // one at a time again
				return fetched, err
			})
		})
	}
	clients.Wait()
	fmt.Println(fetched)
	// Output: 80
}

func ExampleWithInline() {
	l := loop.New(loop.WithInline())
	defer l.Close()

	hits := 0
	for range 1000 { // the loop is idle, so each call costs little more than a lock
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) {
			hits++
			return hits, nil
		})
	}
	fmt.Println(hits, l.Stats().Returned)
	// Output: 1000 1000
}

func ExampleAdapt() {
	posts := make(chan func(), 16)
	go func() { // somebody else's event loop
		for fn := range posts {
			fn()
		}
	}()
	l := loop.Adapt(func(fn func()) { posts <- fn })
	defer l.Close()

	fmt.Println(loop.Call(context.Background(), l, func(context.Context) (string, error) { return "on their loop", nil }))
	// Output: on their loop <nil>
}

func ExampleNewMain() {
	l, run := loop.NewMain()
	go func() { // what the rest of the program does
		fmt.Println(loop.Call(context.Background(), l, func(context.Context) (string, error) { return "drawn", nil }))
		_ = l.Shutdown(context.Background())
	}()
	err := run(context.Background()) // in the main goroutine
	fmt.Println(err)
	// Unordered output:
	// drawn <nil>
	// <nil>
}
