package leak

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/waiting"
)

// goroutines looks at the literals among functions that a handler starts on goroutines
// of their own, by a go statement or by a call.
func (c *checker) goroutines(start ast.Node, funcs []ast.Expr, in *isolation.Func) {
	if !onLoop(in) {
		return
	}
	for _, x := range funcs {
		lit, ok := ast.Unparen(x).(*ast.FuncLit)
		if !ok || c.Literal(lit).Place.Kind != isolation.Goroutine || c.waitedFor(start, in) {
			continue
		}
		work := c.SpawnedAround(in)
		c.requests(lit, "a goroutine", func(v *types.Var) bool {
			// Either it is the function's own, or the work as a whole has been reported.
			return !c.parameter(v, in) || work != nil && outside(v, work.Node)
		})
	}
}

// handed checks the values that a go statement in a handler passes on, as far as the handler
// has got them as arguments.
func (c *checker) handed(g *ast.GoStmt, in *isolation.Func) {
	if !onLoop(in) {
		return
	}
	for _, arg := range g.Call.Args {
		t := c.Pass.TypesInfo.TypeOf(arg)
		v := waiting.Var(c.Pass.TypesInfo, arg)
		if t != nil && request(t) != "" && v != nil && c.parameter(v, in) && !c.waitedFor(g, in) {
			c.report.Reportf(arg, "%s goes to a goroutine, which may go on when the request is over: pass what it needs of it", request(t))
		}
	}
}

func onLoop(in *isolation.Func) bool {
	return in != nil && in.Place.Kind == isolation.OnLoop && !in.Place.Guess()
}

// waitedFor reports whether a function may wait for a goroutine that a statement in it
// starts: outside of the statement it waits for something that occurs in it, or hands
// that to a function which may.
func (c *checker) waitedFor(start ast.Node, in *isolation.Func) bool {
	used := map[*types.Var]bool{}
	ast.Inspect(start, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := c.Pass.TypesInfo.Uses[id].(*types.Var); ok {
				used[v.Origin()] = true
			}
		}
		return true
	})
	found := false
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		if n != start && !found {
			found = c.waits(n, used)
		}
		return n != start && !found
	})
	return found
}

// waits reports whether a piece of syntax may wait for one of the variables.
func (c *checker) waits(n ast.Node, used map[*types.Var]bool) bool {
	one := func(x ast.Expr) bool {
		v := waiting.Var(c.Pass.TypesInfo, x)
		return v != nil && used[v.Origin()]
	}
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return n.Op == token.ARROW && (one(n.X) || indexed(n.X))
	case *ast.RangeStmt:
		t := c.Pass.TypesInfo.TypeOf(n.X)
		return t != nil && isolation.IsChan(t) && (one(n.X) || indexed(n.X))
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Wait" && (one(sel.X) || indexed(sel.X)) {
			return true
		}
		for _, arg := range n.Args {
			if t := c.Pass.TypesInfo.TypeOf(arg); t != nil && signals(t) && one(arg) {
				return true
			}
		}
	}
	return false
}

// indexed reports whether an expression refers to a variable that depends on an index.
func indexed(x ast.Expr) bool {
	_, ok := ast.Unparen(x).(*ast.IndexExpr)
	return ok
}

// signals reports whether a goroutine can signal its end by a value of type t.
func signals(t types.Type) bool {
	if isolation.IsChan(t) {
		return true
	}
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	m, _, _ := types.LookupFieldOrMethod(p, true, nil, "Wait")
	_, ok = m.(*types.Func)
	return ok
}
