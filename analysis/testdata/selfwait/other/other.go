package other

import (
	"context"

	"example.com/vet/selfwait/shop"
	"github.com/asyncgen/asyncgen/loop"
)

var mine = loop.New()

//asyncgen:bridge loop=shop.VM
func Theirs(ctx context.Context) {
	_, _ = shop.GetOnLoop(context.TODO()) // want `Theirs runs on shop.VM and waits for GetOnLoop`
}

//asyncgen:bridge loop=mine
func Mine(ctx context.Context) {
	_, _ = shop.GetOnLoop(context.Background())
}
