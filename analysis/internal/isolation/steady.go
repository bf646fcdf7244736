package isolation

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Steady returns the local variable or the parameter that an expression names, where it
// is declared or where it is used, or nil if it may get another value than its first.
func (r *Result) Steady(x ast.Expr) *types.Var {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := r.Pass.TypesInfo.ObjectOf(id).(*types.Var)
	if !ok || v.Pkg() == nil || v.IsField() || v.Parent() == v.Pkg().Scope() || r.stored[v] {
		return nil
	}
	return v
}

// findStored finds the variables that are assigned to behind their declaration, or
// whose address is taken.
func (r *Result) findStored() {
	for _, f := range r.Pass.Files {
		if !r.generated[f] {
			ast.Inspect(f, func(n ast.Node) bool { r.noteStored(n); return true })
		}
	}
}

func (r *Result) noteStored(n ast.Node) {
	var to []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		to = n.Lhs
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			to = []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			to = []ast.Expr{n.X}
		}
	}
	for _, x := range to {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok {
			// The variables that := declares are in Defs.
			if v := r.Pass.TypesInfo.Uses[id]; v != nil {
				r.stored[v] = true
			}
		}
	}
}
