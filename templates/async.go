package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// async renders the function that returns a future:
//
//	func (a *Account) DepositAsync(ctx context.Context, amount int64) *loop.Future[int64] {
//		return accountDeposit.Go(ctx, a.loop, accountDepositArgs{a, amount})
//	}
func async(b model.Bridge, w model.Wrapper) jen.Code {
	return function(b, w, jen.Return(call(b, w, "Go")))
}
