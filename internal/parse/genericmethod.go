package parse

import (
	"errors"
	"go/ast"
	"go/scanner"
	"runtime"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
)

// noTypeParams is what parsers before Go 1.27 report for methods with type parameters, which
// are missing from their trees.
const noTypeParams = "method must have no type parameters"

// readable returns the errors of a parser without those about generic methods, and the offsets of the
// latter's type parameters.
func readable(err error) (rest scanner.ErrorList, generic []int) {
	var list scanner.ErrorList
	errors.As(err, &list)
	for _, e := range list {
		if e.Msg == noTypeParams {
			generic = append(generic, e.Pos.Offset)
		} else {
			rest = append(rest, e)
		}
	}
	return rest, generic
}

// lostParams reports whether the parser has left out the type parameters of a method.
func (f *file) lostParams(node ast.Node) bool {
	d, ok := node.(*ast.FuncDecl)
	if !ok {
		return false
	}
	from, to := f.tok.Offset(d.Name.End()), f.tok.Offset(d.Type.Params.Pos())
	return slices.ContainsFunc(f.generic, func(offset int) bool { return from <= offset && offset < to })
}

// genericMethod reports a generic method at a place, if the parser cannot read it.
func (f *file) genericMethod(node ast.Node, name string, at place) bool {
	if !f.lostParams(node) {
		return false
	}
	at.file.errorf(at.node, diag.GenericMethod, "build asyncgen with Go 1.27 or later: go tool asyncgen does, if go.mod says go 1.27",
		"%s has type parameters of its own, and this asyncgen was built with %s, which cannot read them", name, runtime.Version())
	return true
}

// ownTypeParams adds the type parameters of a method to the scope of its signature.
func (b *builder) ownTypeParams() bool {
	before := len(b.handler.TypeParams)
	b.handler.TypeParams = slices.Clip(b.handler.TypeParams)
	ok := b.buildTypeParams()
	b.handler.OwnParams = len(b.handler.TypeParams) - before
	return ok
}
