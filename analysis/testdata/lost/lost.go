package lost

import (
	"context"

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

func use(ctx context.Context, b *box[int]) error {
	workSpawn(ctx, 1)     // want `the error of workSpawn is dropped: if the loop does not accept the work, it never runs and nobody knows \[AV007\]`
	workAsync(ctx, 1)     // want `the future of workAsync is dropped, and with it the result and the error of the handler: await it, or use spawn`
	defer workAsync(ctx, 1) // want `the future of workAsync is dropped`
	go workSpawn(ctx, 1)    // want `the error of workSpawn is dropped`
	b.putSpawn(ctx, 1)      // want `the error of b.putSpawn is dropped`
	(b.putAsync(ctx, 1))    // want `the future of b.putAsync is dropped`
	loop.Spawn(ctx, vm, func(context.Context) {})                                         // want `the error of loop.Spawn is dropped`
	loop.Async[int](ctx, vm, func(context.Context) (int, error) { return 0, nil }) // want `the future of loop.Async is dropped`

	workOnLoop(ctx, 1) // an error that errcheck is for
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
