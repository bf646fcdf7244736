package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// run renders the method that calls the handler:
//
//	// Run calls [Account.Deposit] on the loop.
//	func (in accountDepositArgs) Run(ctx context.Context) (int64, error) {
//		return in.a.Deposit(ctx, in.amount)
//	}
func run(out *jen.File, f model.File, b model.Bridge) {
	out.Line()
	out.Comment("// Run calls [" + b.Link + "] on the loop.")
	receiver := jen.Id(b.Args.Name)
	if b.Run.In != "" {
		receiver = jen.Id(b.Run.In).Id(b.Args.Name)
	}
	results := []jen.Code{jen.Id(b.Out.Name), jen.Id(f.Error)}
	if named(b) {
		results = []jen.Code{jen.Id("_").Id(b.Out.Name), jen.Id(b.Run.Err).Id(f.Error)}
	}
	out.Func().Params(receiver).Id("Run").Params(jen.Id(b.Run.Ctx).Id(f.Context).Dot("Context")).Params(results...).Block(runBody(b)...)
}

// named reports whether "no error" has to be spelled as a result that was never
// assigned, because the package declares something else called nil.
func named(b model.Bridge) bool { return b.Run.NamedErr && !hasError(b) }

func hasError(b model.Bridge) bool {
	n := len(b.Results)
	return n > 0 && b.Results[n-1].Error
}

// runBody renders one of
//
//	return in.a.Deposit(ctx, in.amount)
//
//	return struct{}{}, in.a.Close(ctx)
//
//	return in.a.Balance(), nil
//
//	in.a.Reset()
//	return struct{}{}, nil
//
//	value, found, err := in.s.Get(ctx, in.key)
//	return storeGetResults{value, found}, err
func runBody(b model.Bridge) []jen.Code {
	called := invoke(b)
	noError := jen.Nil()
	if named(b) {
		noError = jen.Id(b.Run.Err)
	}
	none := jen.Id(b.Out.Name).Values()
	switch n := len(b.Run.Results); {
	case n > 0:
		return severalResults(b, called, noError)
	case hasError(b) && len(b.Results) == 2:
		return []jen.Code{jen.Return(called)}
	case hasError(b):
		return []jen.Code{jen.Return(none, called)}
	case len(b.Results) == 1:
		return []jen.Code{jen.Return(called, noError)}
	}
	return []jen.Code{called, jen.Return(none, noError)}
}

func severalResults(b model.Bridge, called, noError jen.Code) []jen.Code {
	var targets, values []jen.Code
	for _, r := range b.Run.Results {
		targets = append(targets, jen.Id(r))
		values = append(values, jen.Id(r))
	}
	if hasError(b) {
		targets = append(targets, jen.Id(b.Run.Err))
		noError = jen.Id(b.Run.Err)
	}
	return []jen.Code{
		jen.List(targets...).Op(":=").Add(called),
		jen.Return(jen.Id(b.Out.Name).Values(values...), noError),
	}
}

// invoke renders the call of the handler:
//
//	in.a.Deposit(ctx, in.amount)
//	Get[K, V](ctx, in.s, in.keys...)
func invoke(b model.Bridge) jen.Code {
	fields := b.Args.Fields
	next := func() *jen.Statement {
		f := jen.Id(b.Run.In).Dot(fields[0].Name)
		fields = fields[1:]
		return f
	}
	callee := jen.Id(b.Callee)
	if b.Recv != nil {
		callee = next().Dot(b.Source.Called())
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
