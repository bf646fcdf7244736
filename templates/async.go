package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// async renders the function that returns a future, one of:
//
//	func (a *Account) DepositAsync(ctx context.Context, amount int64) *loop.Future[int64] {
//		return loopimpl.Async(ctx, a.loop, &accountDeposit, &accountDepositCall{a: a, amount: amount})
//	}
//
//	func (a *Account) CloseAsync(ctx context.Context) *loop.Future[struct{}] {
//		return loopimpl.Start(ctx, a.loop, &accountClose, &accountCloseCall{a: a})
//	}
func async(f model.File, b model.Bridge, w model.Wrapper) jen.Code {
	if len(b.Kept) == 0 {
		return function(b, w, jen.Return(invoke(f, b, w, model.ImplStart)))
	}
	return function(b, w, jen.Return(invoke(f, b, w, model.ImplAsync)))
}
