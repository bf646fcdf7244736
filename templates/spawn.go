package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// spawn renders the function that does not wait:
//
//	func (a *Account) DepositSpawn(ctx context.Context, amount int64) error {
//		return accountDeposit.Spawn(ctx, a.loop, accountDepositArgs{a, amount})
//	}
//
// With signature=same it has no result:
//
//	func (a *Account) DepositSpawn(amount int64) {
//		accountDeposit.SpawnSame(context.Background(), a.loop, accountDepositArgs{a, amount})
//	}
func spawn(b model.Bridge, w model.Wrapper) jen.Code {
	if w.Same {
		return function(b, w, call(b, w, "SpawnSame"))
	}
	return function(b, w, jen.Return(call(b, w, "Spawn")))
}
