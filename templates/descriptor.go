package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// declarations renders the declarations that the functions of one handler need.
func declarations(out *jen.File, f model.File, b model.Bridge) {
	if b.Remote != nil {
		remoteDeclarations(out, f, b)
		return
	}
	for _, d := range b.Descriptors {
		descriptor(out, f, b, d)
	}
	if b.Source.HTTP {
		return
	}
	record(out, b, b.Args.Base, "is a call of "+b.Link+".", append(b.Args.Fields[:len(b.Args.Fields):len(b.Args.Fields)], b.Kept...))
	run(out, f, b)
	handler(out, f, b)
	if !b.Async() || len(b.Kept) == 0 {
		return
	}
	result(out, b)
	if b.Out.Declared {
		record(out, b, b.Out.Base, "holds the results of "+b.Out.Of+".", b.Out.Fields)
	}
}

// record renders a struct:
//
//	// accountDepositCall is a call of [Account.Deposit].
//	type accountDepositCall struct {
//		a       *Account
//		amount  int64
//		balance int64
//	}
func record(out *jen.File, b model.Bridge, name, what string, list []model.Field) {
	var fields []jen.Code
	for _, f := range list {
		fields = append(fields, jen.Id(f.Name).Id(f.Type))
	}
	out.Line()
	out.Comment("// " + name + " " + what)
	decl := out.Type().Id(name)
	if b.Generic() {
		decl = decl.Add(typeParams(b.TypeParams))
	}
	decl.Struct(fields...)
}

// handler renders the method that returns the handler:
//
//	func (*accountDepositCall) Handler() any {
//		return (func(*Account, context.Context, int64) (int64, error))((*Account).Deposit)
//	}
func handler(out *jen.File, f model.File, b model.Bridge) {
	out.Line()
	out.Func().Params(jen.Op("*").Id(b.Args.Name)).Id("Handler").Params().Id(f.Any).Block(
		jen.Return(jen.Parens(jen.Id(b.Guard)).Parens(jen.Id(b.Callee))),
	)
}

// result renders the method that returns the results to a future, one of:
//
//	func (c *accountDepositCall) Result() int64 { return c.balance }
//
//	func (c *storeGetCall) Result() StoreGetResults { return StoreGetResults{c.value, c.found} }
func result(out *jen.File, b model.Bridge) {
	kept := fieldsOf(b.Run.Call, b.Kept)
	value := kept[0]
	if b.Out.Declared {
		value = jen.Id(b.Out.Name).Values(kept...)
	}
	out.Line()
	out.Func().Params(receiver(b)).Id("Result").Params().Id(b.Out.Name).Add(oneLine(jen.Return(value)))
}

// descriptor renders the value that describes a handler, one of:
//
//	var accountDeposit = loopimpl.Bridge{Name: "bank.Account.Deposit"}
//
//	var getInstances = loopimpl.Instances{Name: "bank.Get", Abandon: true}
//
//	var serverScript = loophttp.Bridge{Name: "web.Server.Script", Body: 4096}
//
// It does not refer to the handler. Otherwise a handler that calls its own
// bridge would make the variable depend on itself, which does not compile.
func descriptor(out *jen.File, f model.File, b model.Bridge, d model.Descriptor) {
	typ := jen.Id(f.Impl).Dot("Bridge")
	switch {
	case b.Source.HTTP:
		typ = jen.Id(f.HTTP).Dot("Bridge")
	case b.Generic():
		typ = jen.Id(f.Impl).Dot("Instances")
	}
	out.Line()
	out.Var().Id(d.Name).Op("=").Add(typ).Values(append([]jen.Code{field("Name", jen.Lit(b.Title))}, options(f, d)...)...)
}

// options renders the options that are set, as fields of a literal.
func options(f model.File, d model.Descriptor) []jen.Code {
	var fields []jen.Code
	for _, o := range []struct {
		name string
		set  bool
	}{
		{"Abandon", d.Abandon}, {"NonReentrant", d.NonReentrant}, {"Same", d.Same}, {"InPlace", d.InPlace}, {"Direct", d.Direct},
	} {
		if o.set {
			fields = append(fields, field(o.name, jen.Id(f.True)))
		}
	}
	for _, o := range []struct {
		name  string
		value int
	}{{"Chunk", d.Chunk}, {"Body", d.Body}, {"Buffer", d.Buffer}} {
		if o.value != 0 {
			fields = append(fields, field(o.name, jen.Lit(o.value)))
		}
	}
	return fields
}

func field(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }
