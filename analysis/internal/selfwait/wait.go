package selfwait

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/waiting"
)

// A wait is a wait for a loop.
type wait struct {
	waiting.Wait
	// since is the position of the call that gives the task to the loop.
	since token.Pos
}

// waitAt returns the wait of a call. A future may be in a local variable of the
// function in or of one inside, which does nothing with it before.
func (c *checker) waitAt(call *ast.CallExpr, in *isolation.Func) (wait, bool) {
	w, ok := waiting.Any(c.Result, call)
	if !ok {
		return wait{}, false
	}
	found := wait{w, call.Pos()}
	sel, _ := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !w.Future || w.Base != nil || w.Loop.Known() || sel == nil {
		return found, true
	}
	v, value := c.value(sel.X, in)
	if value == nil || v.Pos() < in.Body.Pos() || in.Body.End() <= v.Pos() {
		return found, true
	}
	if used := c.mention(in, v, value.End()); used == nil || used.Pos() != ast.Unparen(sel.X).Pos() {
		return found, true
	}
	found.Loop, found.Base = waiting.Promised(c.Result, value)
	found.since = value.End()
	return found, true
}

// waitIn returns the first wait of a function literal for the loop of the function in.
// On another goroutine it does not run in place.
func (c *checker) waitIn(lit *ast.FuncLit, in *isolation.Func) (wait, bool) {
	var found wait
	c.inspect(lit.Body, func(n ast.Node) {
		if found.Call != nil {
			return
		}
		if w, ok := c.waitOf(n, in); ok && w.Own(c.Result, in) {
			found = w
		}
	})
	return found, found.Call != nil
}

// waitOf returns the wait of a piece of syntax: a call, a range over a stream, or the
// call of a stream with a function for its elements.
func (c *checker) waitOf(n ast.Node, in *isolation.Func) (wait, bool) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		return c.stream(n.X, in)
	case *ast.CallExpr:
		if w, ok := c.waitAt(n, in); ok {
			return w, !w.Stream
		}
		return c.stream(n.Fun, in)
	}
	return wait{}, false
}

// stream returns the wait for the bridge that a sequence comes from. The sequence may be
// in a local variable.
func (c *checker) stream(x ast.Expr, in *isolation.Func) (wait, bool) {
	call, ok := c.origin(x, in).(*ast.CallExpr)
	if !ok {
		return wait{}, false
	}
	w, ok := waiting.Any(c.Result, call)
	return wait{w, call.Pos()}, ok && w.Stream
}

// origin returns the expression that a value comes from, without conversions and local
// variables.
func (c *checker) origin(x ast.Expr, in *isolation.Func) ast.Expr {
	for range depth {
		x = ast.Unparen(x)
		call, ok := x.(*ast.CallExpr)
		if ok && len(call.Args) == 1 && c.Pass.TypesInfo.Types[call.Fun].IsType() {
			x = call.Args[0]
			continue
		}
		_, value := c.value(x, in)
		if value == nil {
			break
		}
		x = value
	}
	return x
}

// value returns the local variable that an expression names and the expression of its
// declaration, which may be nil. The variable never gets another value.
func (c *checker) value(x ast.Expr, in *isolation.Func) (*types.Var, ast.Expr) {
	v := c.Steady(x)
	if v == nil {
		return nil, nil
	}
	var value ast.Expr
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		if value == nil {
			value = c.storedIn(n, v)
		}
		return value == nil
	})
	return v, value
}

// mention returns the first use of a variable behind pos, or nil.
func (c *checker) mention(in *isolation.Func, v *types.Var, pos token.Pos) *ast.Ident {
	var found *ast.Ident
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && found == nil && id.Pos() >= pos && c.Pass.TypesInfo.Uses[id] == v {
			found = id
		}
		return found == nil
	})
	return found
}
