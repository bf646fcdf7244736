package fresh

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// constructed reports whether a call returns, as its first result, something that the
// function has made and not given away: a function of this package like New.
func (v *Variables) constructed(x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := typeutil.Callee(v.result.Pass.TypesInfo, call).(*types.Func)
	if !ok || fn.Pkg() != v.result.Pass.Pkg {
		return false
	}
	fn = fn.Origin()
	if known, ok := v.makers[fn]; ok {
		return known
	}
	v.makers[fn] = false // also for functions that call each other
	if v.bodies == nil {
		v.bodies = map[*types.Func]*isolation.Func{}
		for _, f := range v.result.Funcs {
			v.bodies[f.Obj] = f
		}
	}
	v.makers[fn] = v.returnsNew(v.bodies[fn])
	return v.makers[fn]
}

// returnsNew reports whether every first result is new, or nil.
func (v *Variables) returnsNew(f *isolation.Func) bool {
	if f == nil || f.Type.Results == nil || !holdsState(v.result.Pass.TypesInfo.TypeOf(f.Type.Results.List[0].Type)) {
		return false
	}
	found, only := false, true
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 0 {
				only = false
				return true
			}
			x := n.Results[0]
			isNew := makes(x) || v.At(x, x.Pos(), f) && rootIdent(x) == ast.Unparen(x)
			found = found || isNew
			only = only && (isNew || v.result.Pass.TypesInfo.Types[x].IsNil())
		}
		return true
	})
	return found && only
}

// holdsState reports whether t is a struct or a pointer to one.
func holdsState(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	_, ok := t.Underlying().(*types.Struct)
	return ok
}
