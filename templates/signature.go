package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// function renders the documentation and the signature of a generated
// function, with body in braces:
//
//	// DepositOnLoop runs [Account.Deposit] on a.loop and waits for its result.
//	func (a *Account) DepositOnLoop(ctx context.Context, amount int64) (balance int64, err error) {
//		body
//	}
func function(b model.Bridge, w model.Wrapper, body ...jen.Code) jen.Code {
	s := comments(w.Doc).Func()
	if b.Recv != nil {
		s = s.Params(jen.Id(b.Recv.Name).Id(b.Recv.Type))
	}
	s = s.Id(w.Name)
	if list := b.FuncTypeParams(); len(list) > 0 {
		s = s.Add(typeParams(list))
	}
	return s.Params(vars(w.Params)...).Add(results(w.Results)).Block(body...)
}

// comments renders finished comment lines, each on a line of its own.
func comments(lines []string) *jen.Statement {
	s := jen.Null()
	for _, l := range lines {
		s = s.Comment(l).Line()
	}
	return s
}

// typeParams renders a type parameter list. Neighbours with one constraint are
// grouped, as people write them:
//
//	[K comparable, V, W any]
func typeParams(params []model.TypeVar) jen.Code {
	list := make([]jen.Code, len(params))
	for i, p := range params {
		list[i] = jen.Id(p.Name)
		if i+1 == len(params) || params[i+1].Constraint != p.Constraint {
			list[i] = jen.Id(p.Name).Id(p.Constraint)
		}
	}
	return jen.Types(list...)
}

// vars renders parameters or results. Neighbours of one type are grouped, as
// people write them:
//
//	ctx context.Context, from, to string, amounts ...int64
func vars(list []model.Var) []jen.Code {
	var out []jen.Code
	for i, v := range list {
		switch {
		case v.Name == "":
			out = append(out, jen.Id(v.Type))
		case v.Variadic:
			out = append(out, jen.Id(v.Name).Op("...").Id(v.Type))
		case i+1 < len(list) && list[i+1].Type == v.Type && !list[i+1].Variadic:
			out = append(out, jen.Id(v.Name))
		default:
			out = append(out, jen.Id(v.Name).Id(v.Type))
		}
	}
	return out
}

// results renders a result list:
//
//	error
//	(balance int64, err error)
func results(list []model.Var) jen.Code {
	switch {
	case len(list) == 0:
		return jen.Null()
	case len(list) == 1 && list[0].Name == "":
		return jen.Id(list[0].Type)
	}
	return jen.Params(vars(list)...)
}

// invoke renders a call of the runtime, one of:
//
//	loopimpl.Call(ctx, a.loop, &accountDeposit, accountDepositCall{a: a, amount: amount})
//
//	accountDeposit.Spawn(ctx, a.loop, &accountDepositCall{a: a, amount: amount})
//
//	loopimpl.Call(ctx, s.loop, loopimpl.Instance[getCall[K, V]](&getInstances), getCall[K, V]{s: s, key: key})
//
// Requests of waiting callers are copied into pooled ones, the others stay where they are.
func invoke(f model.File, b model.Bridge, w model.Wrapper, c model.RuntimeCall) *jen.Statement {
	request, descriptor := carried(b), jen.Id(w.Descriptor)
	if c.Effect != model.Waits {
		request = jen.Op("&").Add(request)
	}
	if c.Receiver != "" {
		return descriptor.Dot(c.Name).Call(jen.Id(w.Ctx), jen.Id(w.Loop), request)
	}
	if !b.Generic() {
		descriptor = jen.Op("&").Add(descriptor)
	}
	return jen.Id(f.Impl).Dot(c.Name).Call(jen.Id(w.Ctx), jen.Id(w.Loop), descriptor, request)
}

// carried renders the value that takes a call's arguments to its loop:
//
//	accountDepositCall{a: a, amount: amount}
func carried(b model.Bridge) jen.Code {
	var values []jen.Code
	for _, f := range b.Args.Fields {
		values = append(values, jen.Id(f.Name).Op(":").Id(f.Value))
	}
	return jen.Id(b.Args.Name).Values(values...)
}
