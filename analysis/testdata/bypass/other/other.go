package other

import (
	"context"

	"example.com/vet/bypass/bank"
	"github.com/asyncgen/asyncgen/loop"
)

var vm = loop.New()

func Outside(ctx context.Context, a *bank.Account) {
	_, _ = a.Get(ctx) // want `Account.Get is a handler of Account.loop, and this call is made in Outside, which does not run on a loop: call GetOnLoop`
	_, _ = a.GetOnLoop(ctx)
	a.Reset() // want `Account.Reset has to run on Account.loop, and this call is made in Outside`
	_ = bank.Pure()
}

//asyncgen:bridge
func OnVM(ctx context.Context, a *bank.Account) (int, error) {
	return a.Get(ctx) // want `this call is made on vm: call GetOnLoop`
}
