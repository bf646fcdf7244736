package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// declarations renders what the functions of one handler need at package level.
func declarations(out *jen.File, f model.File, b model.Bridge) {
	if b.Remote != nil {
		remoteDeclarations(out, f, b)
		return
	}
	if b.Source.HTTP {
		for _, d := range b.Descriptors {
			httpDescriptor(out, f, b, d)
		}
		return
	}
	carrier(out, b, b.Args, "carries one call of ["+b.Link+"] to its loop.")
	run(out, f, b)
	handler(out, f, b)
	carrier(out, b, b.Out, "holds the results of ["+b.Link+"].")
	for _, d := range b.Descriptors {
		if b.Generic() {
			instances(out, f, b, d)
		} else {
			descriptor(out, f, b, d)
		}
	}
}

// carrier renders the struct for arguments or results:
//
//	// accountDepositArgs carries one call of [Account.Deposit] to its loop.
//	type accountDepositArgs struct {
//		a      *Account
//		amount int64
//	}
func carrier(out *jen.File, b model.Bridge, s model.Struct, what string) {
	if !s.Declared {
		return
	}
	var fields []jen.Code
	for _, f := range s.Fields {
		fields = append(fields, jen.Id(f.Name).Id(f.Type))
	}
	out.Line()
	out.Comment("// " + s.Base + " " + what)
	decl := out.Type().Id(s.Base)
	if b.Generic() {
		decl = decl.Add(typeParams(b.TypeParams))
	}
	decl.Struct(fields...)
}

// handler renders the method that names the handler:
//
//	// Handler tells the runtime where [Account.Deposit] stands. The conversion stops
//	// compiling when the handler's signature changes: run asyncgen again.
//	func (accountDepositArgs) Handler() any {
//		return (func(*Account, context.Context, int64) (int64, error))((*Account).Deposit)
//	}
func handler(out *jen.File, f model.File, b model.Bridge) {
	out.Line()
	out.Comment("// Handler tells the runtime where [" + b.Link + "] stands. The conversion stops")
	out.Comment("// compiling when the handler's signature changes: run asyncgen again.")
	out.Func().Params(jen.Id(b.Args.Name)).Id("Handler").Params().Id(f.Any).Block(
		jen.Return(jen.Parens(jen.Id(b.Guard)).Parens(jen.Id(b.Callee))),
	)
}

// descriptor renders the value that describes a handler:
//
//	// accountDeposit describes [Account.Deposit] to the runtime.
//	var accountDeposit = loop.Bridge[accountDepositArgs, int64]{Name: "bank.Account.Deposit"}
//
// It does not refer to the handler. Otherwise a handler that calls its own
// bridge would make the variable depend on itself, which does not compile.
func descriptor(out *jen.File, f model.File, b model.Bridge, d model.Descriptor) {
	out.Line()
	out.Comment("// " + d.Name + " describes [" + b.Link + "] to the runtime.")
	fields := append([]jen.Code{field("Name", jen.Lit(b.Title))}, options(f, d)...)
	out.Var().Id(d.Name).Op("=").Id(f.Runtime).Dot("Bridge").Index(jen.List(jen.Id(b.Args.Name), jen.Id(b.Out.Name))).Values(fields...)
}

// instances renders the descriptors of a generic handler, one of the two:
//
//	// getInstances describes [Get] to the runtime, once for each instantiation in use.
//	var getInstances loop.Instances
//
//	var getInstances = loop.Instances{Abandon: true}
func instances(out *jen.File, f model.File, b model.Bridge, d model.Descriptor) {
	out.Line()
	out.Comment("// " + d.Name + " describes [" + b.Link + "] to the runtime, once for each instantiation in use.")
	typ := jen.Id(f.Runtime).Dot("Instances")
	if fields := options(f, d); len(fields) > 0 {
		out.Var().Id(d.Name).Op("=").Add(typ).Values(fields...)
		return
	}
	out.Var().Id(d.Name).Add(typ)
}

// options renders the options that are set, as fields of a literal.
func options(f model.File, d model.Descriptor) []jen.Code {
	var fields []jen.Code
	if d.Abandon {
		fields = append(fields, field("Abandon", jen.Id(f.True)))
	}
	if d.NonReentrant {
		fields = append(fields, field("NonReentrant", jen.Id(f.True)))
	}
	if d.Chunk > 0 {
		fields = append(fields, field("Chunk", jen.Lit(d.Chunk)))
	}
	return fields
}

func field(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }
