package other

import (
	"context"

	"example.com/vet/confined/access"
	"github.com/asyncgen/asyncgen/loop"
)

var mine = loop.New()

func Outside(ctx context.Context, a *access.Account) int {
	_ = a.DepositOnLoop(ctx, 1)
	_, _ = loop.Call(ctx, mine, func(context.Context) (int, error) {
		return a.Balance, nil // want `Account.Balance is confined to Account.loop, and it is read on mine`
	})
	return a.Balance // want `Account.Balance is confined to Account.loop, and it is read in Outside`
}

// Account embeds one of another package.
type Account struct{ *access.Account }

func (a Account) Get() int {
	return a.Balance // want `Account.Balance is confined to Account.loop, and it is read in Account.Get`
}
