package lost

import (
	"context"
	"iter"

	"github.com/asyncgen/asyncgen/loop"
)

var vm = loop.New()

//asyncgen:bridge
//asyncgen:async
//asyncgen:spawn
func work(n int) {}

//asyncgen:spawn signature=same
func quiet() {}

type box[T any] struct{ loop *loop.Loop }

//asyncgen:async
//asyncgen:spawn
func (b *box[T]) put(v T) {}

//asyncgen:bridge
func rows() iter.Seq[int] { return nil }

//asyncgen:bridge
func lines() iter.Seq2[string, error] { return nil }

//asyncgen:bridge signature=same
func pairs() iter.Seq2[string, int] { return nil }

func streams(ctx context.Context) error {
	for range rowsOnLoop(ctx) { // want `the error of rowsOnLoop is dropped: a stream that is cut short ends with a zero value, and looks complete`
	}
	for n := range (rowsOnLoop(ctx)) { // want `the error of rowsOnLoop is dropped`
		_ = n
	}
	for line := range linesOnLoop(ctx) { // want `the error of linesOnLoop is dropped`
		_ = line
	}
	for _, _ = range rowsOnLoop(ctx) { // it does not matter
	}
	for range pairsOnLoop() { // there is none
	}
	for line := range lines() { // no bridge
		_ = line
	}
	for _, err := range rowsOnLoop(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

func use(ctx context.Context, b *box[int]) error {
	workSpawn(ctx, 1)                                                              // want `the error of workSpawn is dropped: if the loop does not accept the work, it never runs and nobody knows \[AV007\]`
	workAsync(ctx, 1)                                                              // want `the future of workAsync is dropped, and with it the result and the error of the handler: await it, or use spawn`
	defer workAsync(ctx, 1)                                                        // want `the future of workAsync is dropped`
	go workSpawn(ctx, 1)                                                           // want `the error of workSpawn is dropped`
	b.putSpawn(ctx, 1)                                                             // want `the error of b.putSpawn is dropped`
	(b.putAsync(ctx, 1))                                                           // want `the future of b.putAsync is dropped`
	vm.Spawn(ctx, func(context.Context) error { return nil })                      // want `the error of vm.Spawn is dropped`
	loop.Async[int](ctx, vm, func(context.Context) (int, error) { return 0, nil }) // want `the future of loop.Async is dropped`

	loop.NewFuture[int]() // no handler's result is in it
	workOnLoop(ctx, 1)    // an error that errcheck is for
	quietSpawn()
	_ = workSpawn(ctx, 1)
	_ = workAsync(ctx, 1)
	workSpawn(ctx, 2) //asyncgen:allow lost the loop lives as long as the program
	if err := workSpawn(ctx, 3); err != nil {
		return err
	}
	f := workAsync(ctx, 1)
	_, err := f.Await(ctx)
	return err
}
