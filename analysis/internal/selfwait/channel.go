package selfwait

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// private reports whether a channel is made in the function that its variable belongs to
// and is given to nothing else, so that all senders are in that function.
func (c *checker) private(in *isolation.Func, v *types.Var) bool {
	used, made, shared := map[ast.Expr]bool{}, false, false
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		if value := c.storedIn(n, v); value != nil {
			made = c.builtin(value, "make")
			shared = shared || !made
		}
		switch n := n.(type) {
		case *ast.SendStmt:
			used[ast.Unparen(n.Chan)] = true
		case *ast.UnaryExpr: // its address is something else
			used[ast.Unparen(n.X)] = n.Op == token.ARROW
		case *ast.RangeStmt:
			used[ast.Unparen(n.X)] = true
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				used[ast.Unparen(left)] = true
			}
		case *ast.CallExpr:
			for _, arg := range n.Args {
				used[ast.Unparen(arg)] = c.builtin(n, "close", "len", "cap")
			}
		case *ast.Ident:
			shared = shared || c.Pass.TypesInfo.Uses[n] == v && !used[n]
		}
		return !shared
	})
	return made && !shared
}

// storedIn returns the value that a piece of syntax stores in a variable, or nil.
func (c *checker) storedIn(n ast.Node, v *types.Var) ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if c.names(left, v) {
				return n.Rhs[min(i, len(n.Rhs)-1)]
			}
		}
	case *ast.ValueSpec:
		for i, id := range n.Names {
			if c.names(id, v) && len(n.Values) > 0 {
				return n.Values[min(i, len(n.Values)-1)]
			}
		}
	}
	return nil
}

// builtin reports whether x is a call of one of the builtin functions.
func (c *checker) builtin(x ast.Expr, names ...string) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := c.Pass.TypesInfo.Uses[id].(*types.Builtin)
	return ok && slices.Contains(names, b.Name())
}
