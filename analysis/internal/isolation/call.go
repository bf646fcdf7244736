package isolation

import (
	"go/ast"
	"go/types"
)

// Mode returns the mode of a bridge, or of a function of the runtime that takes a
// handler. It is empty for other functions.
func (r *Result) Mode(fn *types.Func) Mode {
	if b := r.Bridge(fn); b != nil {
		return b.Mode
	}
	switch {
	case isRuntime(fn, "Call"), isLoopMethod(fn, "Do"):
		return Wait
	case isRuntime(fn, "Async"):
		return Async
	case isLoopMethod(fn, "Spawn"):
		return Spawn
	}
	return ""
}

// CallName is how a call names its function: "l.Spawn", "a.AuditSpawn".
func (r *Result) CallName(call *ast.CallExpr) string {
	x := ast.Unparen(call.Fun)
	switch f := x.(type) {
	case *ast.IndexExpr:
		x = f.X
	case *ast.IndexListExpr:
		x = f.X
	}
	return types.ExprString(x)
}
