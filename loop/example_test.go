package loop_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

func ExampleCall() {
	ctx := context.Background()
	l := loop.New(loop.WithName("bank"))
	defer l.Close()

	balance := 0 // touched on the loop only, so it needs no lock
	var clients sync.WaitGroup
	for range 100 {
		clients.Go(func() {
			_, _ = loop.Call(ctx, l, func(context.Context) (int, error) {
				balance++
				return balance, nil
			})
		})
	}
	clients.Wait()

	total, err := loop.Call(ctx, l, func(context.Context) (int, error) { return balance, nil })
	fmt.Println(total, err)
	// Output: 100 <nil>
}

func ExampleCall_closed() {
	l := loop.New(loop.WithName("bank"))
	_ = l.Close()

	_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { return 1, nil })
	fmt.Println(errors.Is(err, loop.ErrClosed), loop.NotRun(err))
	// Output: true true
}

// A thousand handlers sleep on one loop at the same time.
func ExampleSleep() {
	ctx := context.Background()
	l := loop.New()
	defer l.Close()

	start := time.Now()
	awake := 0
	var callers sync.WaitGroup
	for range 1000 {
		callers.Go(func() {
			_, _ = loop.Call(ctx, l, func(ctx context.Context) (int, error) {
				err := loop.Sleep(ctx, 50*time.Millisecond)
				awake++ // the handler is alone again
				return awake, err
			})
		})
	}
	callers.Wait()
	fmt.Println(awake, time.Since(start) < 25*time.Second)
	// Output: 1000 true
}

func ExampleLoop_Spawn() {
	l := loop.New()
	err := l.Spawn(context.Background(), func(context.Context) error { fmt.Println("sent"); return nil })
	fmt.Println(err)
	_ = l.Shutdown(context.Background())
	// Unordered output:
	// <nil>
	// sent
}

func ExampleWithOverflow() {
	ctx := context.Background()
	l := loop.New(loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
	defer l.Close()

	busy, free := make(chan struct{}), make(chan struct{})
	_ = l.Spawn(ctx, func(context.Context) error { close(busy); <-free; return nil })
	<-busy
	for range 2 {
		err := l.Spawn(ctx, func(context.Context) error { return nil })
		fmt.Println(errors.Is(err, loop.ErrFull))
	}
	close(free)
	// Output:
	// false
	// true
}

func ExampleLoop_Shutdown() {
	l := loop.New()
	accepted := loop.Async(context.Background(), l, func(context.Context) (string, error) { return "done", nil })

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(l.Shutdown(ctx))
	fmt.Println(accepted.Await(ctx))
	// Output:
	// <nil>
	// done <nil>
}

func ExampleFuture_Await() {
	ctx := context.Background()
	l := loop.New()
	defer l.Close()

	sum := loop.Async(ctx, l, func(context.Context) (int, error) { return 40 + 2, nil })
	fmt.Println(sum.Await(ctx))
	// Output: 42 <nil>
}
