package selfwait

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// derivations are functions whose result has the values of their first argument, by
// which loop.Await recognizes a handler's context. WithoutCancel keeps them as well.
var derivations = map[string]bool{
	"WithCancel": true, "WithCancelCause": true, "WithTimeout": true, "WithTimeoutCause": true,
	"WithDeadline": true, "WithDeadlineCause": true, "WithValue": true, "WithoutCancel": true,
}

// depth bounds how many variables are followed.
const depth = 8

// root reports whether x is context.Background() or context.TODO().
func (c *checker) root(x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	name := c.contextFunc(call)
	return name == "Background" || name == "TODO"
}

// contextFunc returns the name of the function of package context that is called.
func (c *checker) contextFunc(call *ast.CallExpr) string {
	fn := c.StaticCallee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "context" || fn.Signature().Recv() != nil {
		return ""
	}
	return fn.Name()
}

// fresh reports whether a context is certainly derived from no handler's.
func (c *checker) fresh(x ast.Expr, in *isolation.Func, n int) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		return c.root(x) || derivations[c.contextFunc(x)] && len(x.Args) > 0 && c.fresh(x.Args[0], in, n)
	case *ast.Ident:
		v, ok := c.Pass.TypesInfo.Uses[x].(*types.Var)
		return ok && n < depth && c.freshVariable(v, in, n+1)
	}
	return false
}

// freshVariable reports whether everything that is ever stored in a local variable is
// fresh. Its address must not be taken.
func (c *checker) freshVariable(v *types.Var, in *isolation.Func, n int) bool {
	stored, all := 0, true
	ast.Inspect(in.Decl().Node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			for i, left := range node.Lhs {
				if !c.names(left, v) {
					continue
				}
				stored++
				value := node.Rhs[min(i, len(node.Rhs)-1)]
				// ctx = context.WithValue(ctx, …) leaves it as it was.
				all = all && (c.extends(value, v) || c.fresh(value, in, n))
			}
		case *ast.ValueSpec:
			for i, id := range node.Names {
				if c.names(id, v) && len(node.Values) > 0 {
					stored++
					all = all && c.fresh(node.Values[min(i, len(node.Values)-1)], in, n)
				}
			}
		case *ast.UnaryExpr:
			if node.Op == token.AND && c.names(node.X, v) {
				all = false
			}
		}
		return all
	})
	return all && stored > 0 && !v.IsField() && in.Decl().Node.Pos() <= v.Pos() && v.Pos() < in.Decl().Node.End() && !c.parameter(v, in)
}

// extends reports whether x is derived from the variable itself.
func (c *checker) extends(x ast.Expr, v *types.Var) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	return ok && derivations[c.contextFunc(call)] && len(call.Args) > 0 && c.names(call.Args[0], v)
}

func (c *checker) names(x ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	return ok && c.Pass.TypesInfo.ObjectOf(id) == v
}

// parameter reports whether v is one, and so has a value from the beginning.
func (c *checker) parameter(v *types.Var, in *isolation.Func) bool {
	found := false
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		if ft, ok := n.(*ast.FuncType); ok && ft.Pos() <= v.Pos() && v.Pos() < ft.End() {
			found = true
		}
		return !found
	})
	return found
}
