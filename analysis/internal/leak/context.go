package leak

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// derivations are the functions whose context ends with their first argument.
var derivations = map[string]bool{
	"context.WithCancel": true, "context.WithCancelCause": true, "context.WithTimeout": true, "context.WithTimeoutCause": true,
	"context.WithDeadline": true, "context.WithDeadlineCause": true, "context.WithValue": true,
	"golang.org/x/sync/errgroup.WithContext": true,
}

// The events that may end a context.
const (
	requestEnds = "its request"
	callerEnds  = "the caller"
)

// depth bounds how many variables are followed.
const depth = 8

// ends returns the event that certainly ends a context, or "".
func (c *checker) ends(x ast.Expr, in *isolation.Func) string { return c.follow(x, in, 0) }

func (c *checker) follow(x ast.Expr, in *isolation.Func, n int) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		fn := c.StaticCallee(x)
		switch {
		case isRequestContext(fn):
			return requestEnds
		case fn != nil && derivations[fn.FullName()] && len(x.Args) > 0:
			return c.follow(x.Args[0], in, n)
		}
	case *ast.Ident:
		if v, ok := c.Pass.TypesInfo.Uses[x].(*types.Var); ok && n < depth && in != nil {
			return c.variableEnds(v, in, n+1)
		}
	}
	return ""
}

// variableEnds returns the event that ends the context in a variable, for all values that are
// stored there. If one of them does not end, it returns "".
func (c *checker) variableEnds(v *types.Var, in *isolation.Func, n int) string {
	end := ""
	if c.parameter(v, in) {
		end = callerEnds
	}
	for _, x := range c.storesOf(in.Decl())[v] {
		if x == nil {
			return ""
		}
		if c.extends(x, v) {
			continue
		}
		if end = c.follow(x, in, n); end == "" {
			return ""
		}
	}
	return end
}

// extends reports whether x is derived from the variable itself, so that it ends when
// that did.
func (c *checker) extends(x ast.Expr, v *types.Var) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	fn := c.StaticCallee(call)
	id, ok := ast.Unparen(call.Args[0]).(*ast.Ident)
	return ok && fn != nil && derivations[fn.FullName()] && c.Pass.TypesInfo.Uses[id] == v
}

// storesOf returns the expressions that a function stores in each variable; nil is a value
// without an expression.
func (c *checker) storesOf(decl *isolation.Func) map[*types.Var][]ast.Expr {
	if known, ok := c.stored[decl]; ok {
		return known
	}
	stores := map[*types.Var][]ast.Expr{}
	add := func(left, value ast.Expr) {
		if id, ok := ast.Unparen(left).(*ast.Ident); ok {
			if v, ok := c.Pass.TypesInfo.ObjectOf(id).(*types.Var); ok {
				stores[v] = append(stores[v], value)
			}
		}
	}
	ast.Inspect(decl.Node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				add(left, n.Rhs[min(i, len(n.Rhs)-1)])
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if len(n.Values) > 0 {
					add(id, n.Values[min(i, len(n.Values)-1)])
				}
			}
		case *ast.RangeStmt:
			add(n.Key, nil)
			add(n.Value, nil)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				add(n.X, nil)
			}
		}
		return true
	})
	c.stored[decl] = stores
	return stores
}

// parameter reports whether v is a parameter of a function around whose caller waits:
// the context of spawned work does not end with a caller.
func (c *checker) parameter(v *types.Var, in *isolation.Func) bool {
	for f := in; f != nil; f = f.Outer {
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				if c.Pass.TypesInfo.Defs[name] == v {
					return !f.Spawned
				}
			}
		}
	}
	return false
}

func isRequestContext(fn *types.Func) bool {
	return fn != nil && fn.FullName() == "(*net/http.Request).Context"
}
