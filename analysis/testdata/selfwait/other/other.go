package other

import (
	"context"

	"example.com/vet/selfwait/shop"
	"github.com/asyncgen/asyncgen/loop"
)

var mine = loop.New()

//asyncgen:bridge loop=shop.VM
func Theirs(ctx context.Context) {
	_, _ = shop.GetOnLoop(context.TODO())
	_, _ = shop.LoadAsync(ctx).Await(context.TODO()) // want `Theirs runs on shop.VM and waits for Future.Await`
}

//asyncgen:bridge loop=mine
func Mine(ctx context.Context) {
	_, _ = shop.LoadAsync(ctx).Await(context.Background())

	f := loop.Async(ctx, mine, func(context.Context) (int, error) { return 1, nil })
	_, _ = shop.GetOnLoop(context.Background())
	_, _ = f.Await(context.Background()) // want `Mine runs on mine and waits for Future.Await`
}
