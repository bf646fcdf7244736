package shop

import (
	"context"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var VM = loop.New()

//asyncgen:bridge loop=VM
func Get(ctx context.Context) int { return 1 }

//asyncgen:async loop=VM
func Load(ctx context.Context) int { return 1 }

//asyncgen:bridge loop=VM
func Direct(ctx context.Context) {
	_, _ = GetOnLoop(ctx)
	_, _ = GetOnLoop(context.WithoutCancel(ctx))
	_, _ = GetOnLoop(context.Background())
	_, _ = LoadAsync(ctx).Await(ctx)
	_, _ = LoadAsync(ctx).Await(context.WithoutCancel(ctx))
	_, _ = LoadAsync(ctx).Await(context.Background()) // want `Direct runs on VM and waits for Future.Await on the same loop with a context that is not the handler's, so that the loop is not given up meanwhile: pass on the handler's context \[AV003\]`
	_, _ = LoadAsync(ctx).Await(context.TODO())       // want `waits for Future.Await on the same loop`
	_ = LoadAsync(context.Background())
	fresh, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = GetOnLoop(fresh)
	_, _ = LoadAsync(ctx).Await(fresh) // want `waits for Future.Await`
	mixed := context.Background()
	if fresh == nil {
		mixed = ctx
	}
	_, _ = LoadAsync(ctx).Await(mixed)
	_, _ = loop.Call(context.Background(), VM, func(context.Context) (int, error) { return 1, nil })
	_, _ = loop.AwaitValue(ctx, func(ctx context.Context) (int, error) { return LoadAsync(ctx).Await(context.Background()) })
	keep(func() { _, _ = LoadAsync(ctx).Await(context.Background()) })
	go LoadAsync(ctx).Await(context.Background())
	//asyncgen:allow selfwait it is the error that is wanted
	_, _ = LoadAsync(ctx).Await(context.Background())
}

func keep(func()) {}

//asyncgen:bridge loop=VM
func Goroutines(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		_, _ = GetOnLoop(ctx) // want `Goroutines runs on VM and waits for a goroutine that waits for GetOnLoop on the same loop`
	}()
	wg.Wait()

	var group sync.WaitGroup
	group.Go(func() {
		_, _ = GetOnLoop(ctx) // want `waits for a goroutine`
	})
	group.Wait()

	done := make(chan int)
	go func() {
		n, _ := GetOnLoop(ctx) // want `waits for a goroutine`
		done <- n
	}()
	<-done

	ready := make(chan int)
	go func() {
		ready <- 1
		_, _ = GetOnLoop(ctx)
	}()
	<-ready

	go func() { _, _ = GetOnLoop(ctx) }()

	out := make(chan int)
	go func() {
		n, _ := GetOnLoop(ctx)
		out <- n
	}()
	_, _ = loop.AwaitValue(ctx, func(context.Context) (int, error) { return <-out, nil })
}

type Account[T any] struct{ loop *loop.Loop }

//asyncgen:bridge
//asyncgen:async
func (a *Account[T]) Get() T {
	var none T
	return none
}

//asyncgen:bridge
func (a *Account[T]) Both(ctx context.Context, b *Account[T]) {
	_, _ = a.GetOnLoop(context.Background())
	_, _ = a.GetAsync(ctx).Await(context.Background()) // want `Account.Both runs on Account.loop and waits for Future.Await`
	_, _ = b.GetAsync(ctx).Await(context.Background())
}

func Outside() { _, _ = LoadAsync(context.Background()).Await(context.Background()) }
