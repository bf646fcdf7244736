package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// bridge renders the function that waits, one of:
//
//	func (a *Account) DepositOnLoop(ctx context.Context, amount int64) (balance int64, err error) {
//		c, err := loopimpl.Call(ctx, a.loop, &accountDeposit, accountDepositCall{a: a, amount: amount})
//		return c.balance, err
//	}
//
//	func (a *Account) CloseOnLoop(ctx context.Context) error {
//		return loopimpl.Do(ctx, a.loop, &accountClose, accountCloseCall{a: a})
//	}
//
//	func (a *Account) Balance() int64 {
//		return loopimpl.Must(context.Background(), a.loop, &accountBalance, accountBalanceCall{a: a}).balance
//	}
func bridge(f model.File, b model.Bridge, w model.Wrapper) jen.Code {
	switch {
	case w.HTTP != nil:
		return httpBridge(b, w)
	case w.Stream != model.NoStream:
		return stream(f, b, w)
	}
	hasError := len(w.Results) > 0 && w.Results[len(w.Results)-1].Error
	kept := fieldsOf(w.Out, b.Kept)
	switch must := invoke(f, b, w, model.ImplMust); {
	case hasError && len(kept) == 0:
		return function(b, w, jen.Return(invoke(f, b, w, model.ImplDo)))
	case hasError:
		return function(b, w, unpack(w, kept, invoke(f, b, w, model.ImplCall))...)
	case len(kept) == 0:
		return function(b, w, must)
	case len(kept) == 1:
		return function(b, w, jen.Return(must.Dot(b.Kept[0].Name)))
	default:
		return function(b, w, jen.Id(w.Out).Op(":=").Add(must), jen.Return(kept...))
	}
}

// unpack renders a body for results and an error:
//
//	c, err := loopimpl.Call(ctx, s.loop, &storeGet, storeGetCall{s: s, key: key})
//	return c.value, c.found, err
func unpack(w model.Wrapper, results []jen.Code, called jen.Code) []jen.Code {
	return []jen.Code{
		jen.Id(w.Out + ", " + w.Err).Op(":=").Add(called),
		jen.Return(append(results, jen.Id(w.Err))...),
	}
}

// fieldsOf renders fields of a value:
//
//	c.value, c.found
func fieldsOf(value string, fields []model.Field) []jen.Code {
	var list []jen.Code
	for _, f := range fields {
		list = append(list, jen.Id(value).Dot(f.Name))
	}
	return list
}
