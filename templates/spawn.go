package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// spawn renders the function that does not wait:
//
//	func (a *Account) DepositSpawn(ctx context.Context, amount int64) error {
//		return accountDeposit.Spawn(ctx, a.loop, &accountDepositCall{a: a, amount: amount})
//	}
//
// With signature=same it has no result:
//
//	func (a *Account) DepositSpawn(amount int64) {
//		accountDeposit.SpawnSame(context.Background(), a.loop, &accountDepositCall{a: a, amount: amount})
//	}
func spawn(f model.File, b model.Bridge, w model.Wrapper) jen.Code {
	if w.Same {
		return function(b, w, invoke(f, b, w, model.SpawnSame))
	}
	return function(b, w, jen.Return(invoke(f, b, w, model.Spawn)))
}
