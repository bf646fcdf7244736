package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// front renders a type whose methods are bridges, and its constructor:
//
//	// AccountOnLoop runs the methods of [Account] on a loop and waits for their results.
//	type AccountOnLoop struct {
//		target *Account
//		loop   *loop.Loop
//	}
//
//	// NewAccountOnLoop returns a front that runs the methods of target on l.
//	func NewAccountOnLoop(target *Account, l *loop.Loop) *AccountOnLoop {
//		return &AccountOnLoop{target, l}
//	}
func front(out *jen.File, f model.File, d model.FrontDecl) {
	if d.Registration != nil {
		remoteFront(out, f, d)
		return
	}
	fields := []jen.Code{jen.Id(d.TargetField).Id(d.Target)}
	params := []jen.Code{jen.Id(d.TargetParam).Id(d.Target)}
	values := []jen.Code{jen.Id(d.TargetParam)}
	if d.LoopField != "" {
		typ := jen.Op("*").Id(f.Runtime).Dot("Loop")
		fields = append(fields, jen.Id(d.LoopField).Add(typ))
		params = append(params, jen.Id(d.LoopParam).Add(typ))
		values = append(values, jen.Id(d.LoopParam))
	}
	out.Line()
	out.Add(comments(d.Doc)).Type().Id(d.Name).Add(frontParams(d)).Struct(fields...)
	assertion(out, d)
	out.Line()
	out.Comment(d.ConstructorDoc)
	out.Func().Id(d.Constructor).Add(frontParams(d)).Params(params...).Op("*").Id(d.Name + d.TypeArgs).Block(
		jen.Return(jen.Op("&").Id(d.Name + d.TypeArgs).Values(values...)),
	)
}

func frontParams(d model.FrontDecl) jen.Code {
	if len(d.TypeParams) == 0 {
		return jen.Null()
	}
	return typeParams(d.TypeParams)
}

// assertion renders the proof that a front implements its interface, one of:
//
//	var _ Store = (*StoreOnLoop)(nil)
//
//	func _[K comparable]() {
//		var _ Store[K] = (*StoreOnLoop[K])(nil)
//	}
func assertion(out *jen.File, d model.FrontDecl) {
	if !d.Assert {
		return
	}
	value := jen.Op("&").Id(d.Name + d.TypeArgs).Values()
	if d.Nil {
		value = jen.Parens(jen.Op("*").Id(d.Name + d.TypeArgs)).Parens(jen.Nil())
	}
	proof := jen.Var().Id("_").Id(d.Target).Op("=").Add(value)
	out.Line()
	if len(d.TypeParams) == 0 {
		out.Add(proof)
		return
	}
	out.Func().Id("_").Add(typeParams(d.TypeParams)).Params().Block(proof)
}
