package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// bridge renders the function that waits:
//
//	func (a *Account) DepositOnLoop(ctx context.Context, amount int64) (balance int64, err error) {
//		return accountDeposit.Call(ctx, a.loop, accountDepositArgs{a, amount})
//	}
func bridge(f model.File, b model.Bridge, w model.Wrapper) jen.Code {
	switch {
	case w.HTTP != nil:
		return httpBridge(b, w)
	case w.Stream != model.NoStream:
		return stream(f, b, w)
	}
	if w.InPlace {
		return inPlace(b, w)
	}
	method := "Call"
	if w.Same {
		method = "CallSame"
	}
	called := call(b, w, method)
	hasError := len(w.Results) > 0 && w.Results[len(w.Results)-1].Error
	switch values := valuesOf(w); {
	case hasError && values == 1:
		return function(b, w, jen.Return(called))
	case hasError && values == 0:
		return function(b, w, jen.Id("_, "+w.Err).Op(assign(w.ErrDefine)).Add(called), jen.Return(jen.Id(w.Err)))
	case hasError:
		return function(b, w, unpack(b, w, called)...)
	default:
		return function(b, w, withoutError(b, w, called)...)
	}
}

// valuesOf returns the number of results that are not the error.
func valuesOf(w model.Wrapper) int {
	n := len(w.Results)
	if n > 0 && w.Results[n-1].Error {
		n--
	}
	return n
}

// assign returns the operator that gives a new or an existing variable a value.
func assign(define bool) string {
	if define {
		return ":="
	}
	return "="
}

// unpack renders a body for several results and an error:
//
//	out, err := storeGet.Call(ctx, s.loop, storeGetArgs{s, key})
//	return out.value, out.found, err
func unpack(b model.Bridge, w model.Wrapper, called jen.Code) []jen.Code {
	return []jen.Code{
		jen.Id(w.Out + ", " + w.Err).Op(assign(w.OutDefine || w.ErrDefine)).Add(called),
		jen.Return(append(fieldsOf(b, w), jen.Id(w.Err))...),
	}
}

// withoutError renders the body of a bridge that returns no error, which only
// signature=same makes. The runtime's error is the handler's own, and the
// handler has none:
//
//	out, _ := storeLen.CallSame(ctx, s.loop, storeLenArgs{s})
//	return out
func withoutError(b model.Bridge, w model.Wrapper, called jen.Code) []jen.Code {
	switch len(w.Results) {
	case 0:
		return []jen.Code{jen.Id("_, _").Op("=").Add(called)}
	case 1:
		return []jen.Code{jen.Id(w.Out + ", _").Op(assign(w.OutDefine)).Add(called), jen.Return(jen.Id(w.Out))}
	}
	return []jen.Code{
		jen.Id(w.Out + ", _").Op(assign(w.OutDefine)).Add(called),
		jen.Return(fieldsOf(b, w)...),
	}
}

// fieldsOf renders the fields of the results struct:
//
//	out.value, out.found
func fieldsOf(b model.Bridge, w model.Wrapper) []jen.Code {
	var list []jen.Code
	for _, f := range b.Out.Fields {
		list = append(list, jen.Id(w.Out).Dot(f.Name))
	}
	return list
}
