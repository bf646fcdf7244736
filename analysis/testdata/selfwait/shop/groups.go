package shop

import (
	"context"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"
)

type batch struct {
	wg    sync.WaitGroup
	group errgroup.Group
	done  chan int
}

//asyncgen:bridge loop=VM
func Groups(ctx context.Context) error {
	g, sub := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := GetOnLoop(sub) // want `Groups runs on VM and waits for a goroutine that waits for GetOnLoop on the same loop`
		return err
	})
	return g.Wait()
}

// Instances waits for another group than that of its goroutine.
//
//asyncgen:bridge loop=VM
func Instances(ctx context.Context, x, y *batch) {
	x.wg.Go(func() { _, _ = GetOnLoop(ctx) })
	y.wg.Wait()

	x.group.Go(func() error { _, err := GetOnLoop(ctx); return err })
	_ = y.group.Wait()

	y.wg.Add(1)
	go func() {
		defer x.wg.Done()
		_, _ = GetOnLoop(ctx)
	}()
	y.wg.Wait()

	go func() {
		n, _ := GetOnLoop(ctx)
		x.done <- n
	}()
	<-y.done

	var mine, other sync.WaitGroup
	mine.Go(func() { _, _ = GetOnLoop(ctx) })
	other.Wait()
}

// Same waits for the group of its goroutine.
//
//asyncgen:bridge loop=VM
func Same(ctx context.Context, x *batch) {
	x.wg.Go(func() {
		_, _ = GetOnLoop(ctx) // want `Same runs on VM and waits for a goroutine`
	})
	x.wg.Wait()

	var own batch
	own.group.Go(func() error {
		_, err := GetOnLoop(ctx) // want `Same runs on VM and waits for a goroutine`
		return err
	})
	_ = own.group.Wait()
}

// Replaced has another group when it waits.
//
//asyncgen:bridge loop=VM
func Replaced(ctx context.Context, x, y *batch) {
	x.wg.Go(func() { _, _ = GetOnLoop(ctx) })
	x = y
	x.wg.Wait()
}

//asyncgen:bridge loop=VM
func Channels(ctx context.Context, stop chan int) {
	either := make(chan int)
	go func() {
		n, _ := GetOnLoop(ctx)
		either <- n
	}()
	go func() { either <- 1 }()
	<-either

	in := make(chan int)
	go func() {
		_, _ = GetOnLoop(ctx)
		<-in
	}()
	in <- 1

	out := make(chan int)
	go func() {
		n, _ := GetOnLoop(ctx)
		out <- n
	}()
	select {
	case <-out:
	case <-stop:
	}

	only := make(chan int)
	go func() {
		defer close(only)
		_, _ = GetOnLoop(ctx) // want `Channels runs on VM and waits for a goroutine`
	}()
	select {
	case <-only:
	}
}

//asyncgen:bridge loop=VM signature=same
func All(ctx context.Context) iter.Seq[int] {
	return func(yield func(int) bool) { yield(1) }
}

// Streams runs the producer in place, whatever its context.
//
//asyncgen:bridge loop=VM
func Streams(ctx context.Context) (list iter.Seq2[int, error]) {
	for range AllOnLoop(context.Background()) {
	}
	for range AllOnLoop(ctx) {
	}
	_ = AllOnLoop(context.Background())
	return nil
}
