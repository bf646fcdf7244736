package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// run renders the method that calls the handler:
//
//	func (c *accountDepositCall) Run(ctx context.Context) (err error) {
//		c.balance, err = c.a.Deposit(ctx, c.amount)
//		return err
//	}
//
// That of a stream returns the sequence:
//
//	func (c *storeRowsCall) Run(ctx context.Context) iter.Seq2[Row, error] {
//		return c.s.Rows(ctx, c.table)
//	}
func run(out *jen.File, f model.File, b model.Bridge) {
	result, body := jen.Id(f.Error), runBody(b)
	switch {
	case b.Source.Stream() != model.NoStream:
		result, body = jen.Id(b.Results[0].Type), []jen.Code{jen.Return(handle(b))}
	case hasError(b) && len(b.Kept) > 0, b.Run.None == b.Run.Err:
		result = jen.Params(jen.Id(b.Run.Err).Id(f.Error))
	}
	out.Line()
	param := jen.Id(f.Context).Dot("Context")
	if b.Run.Ctx != "" {
		param = jen.Id(b.Run.Ctx).Add(param)
	}
	out.Func().Params(receiver(b)).Id("Run").Params(param).Add(result).Block(body...)
}

// receiver renders the receiver of a method of the type of a call.
func receiver(b model.Bridge) jen.Code {
	typ := jen.Op("*").Id(b.Args.Name)
	if b.Run.Call == "" {
		return typ
	}
	return jen.Id(b.Run.Call).Add(typ)
}

func hasError(b model.Bridge) bool {
	n := len(b.Results)
	return n > 0 && b.Results[n-1].Error
}

// runBody renders one of
//
//	c.value, c.found, err = c.s.Get(ctx, c.key)
//	return err
//
//	return c.a.Close(ctx)
//
//	c.balance = c.a.Balance()
//	return nil
//
//	c.a.Reset()
//	return nil
func runBody(b model.Bridge) []jen.Code {
	targets := fieldsOf(b.Run.Call, b.Kept)
	switch {
	case hasError(b) && len(targets) == 0:
		return []jen.Code{jen.Return(handle(b))}
	case hasError(b):
		targets = append(targets, jen.Id(b.Run.Err))
		return []jen.Code{jen.List(targets...).Op("=").Add(handle(b)), jen.Return(jen.Id(b.Run.Err))}
	case len(targets) == 0:
		return []jen.Code{handle(b), jen.Return(jen.Id(b.Run.None))}
	}
	return []jen.Code{jen.List(targets...).Op("=").Add(handle(b)), jen.Return(jen.Id(b.Run.None))}
}

// handle renders the call of the handler:
//
//	c.a.Deposit(ctx, c.amount)
//	c.s.Find[T](ctx, c.key)
//	Get[K, V](ctx, c.s, c.keys...)
func handle(b model.Bridge) jen.Code {
	fields := fieldsOf(b.Run.Call, b.Args.Fields)
	next := func() *jen.Statement {
		f := jen.Add(fields[0])
		fields = fields[1:]
		return f
	}
	callee := jen.Id(b.Callee)
	if b.Recv != nil {
		callee = next().Dot(b.Source.Called() + b.OwnArgs)
	}
	var args []jen.Code
	for _, p := range b.Params {
		switch {
		case p.Context:
			args = append(args, jen.Id(b.Run.Ctx))
		case p.Variadic:
			args = append(args, next().Op("..."))
		default:
			args = append(args, next())
		}
	}
	return callee.Call(args...)
}
