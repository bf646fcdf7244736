package leak

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// captured looks at the variables of the code around that a spawned literal uses. What
// is spawned in it is looked at on its own.
func (c *checker) captured(f *isolation.Func, lit *ast.FuncLit) {
	c.requests(lit, "spawned work", nil)
	harmless := c.harmless(lit)
	c.eachCapture(lit, func(id *ast.Ident, v *types.Var) {
		switch {
		case isolation.IsContext(v.Type()):
			if !harmless[id] {
				c.context(f, id, v)
			}
		case request(v.Type()) == "" && reference(v.Type()) && !c.elsewhere(id, f):
			if l, ok := c.Confined(v); ok && l.To(f.Place.Loop) == isolation.Different {
				c.report.Reportf(id, "%s belongs to %s and is used in spawned work on %s", id.Name, l.Label, f.Place.Loop.Label)
			}
		}
	})
	c.inside(lit, func(n ast.Node) {
		if call, ok := n.(*ast.CallExpr); ok && !harmless[call] && c.contextOfCaptured(lit, call) {
			c.report.Reportf(call, "a context that ends with its request is used in spawned work, which goes on: use the context that the work gets")
		}
	})
}

// context reports the use of a context that ends too early. Without it a local variable
// might be unused, so only parameters are repaired.
func (c *checker) context(f *isolation.Func, id *ast.Ident, v *types.Var) {
	end := c.ends(id, f.Outer)
	if end == "" {
		return
	}
	finding := report.Finding{At: id}
	finding.Message = fmt.Sprintf("%s ends with %s and is used in spawned work, which goes on: use the context that the work gets", id.Name, end)
	if own := ownContext(c.Pass.TypesInfo, f.Type); own != nil && c.visible(own, id) && c.parameter(v, f.Outer) {
		finding.Fixes = []analysis.SuggestedFix{report.Fix("use "+own.Name(), id, own.Name())}
	}
	c.report.Report(finding)
}

// elsewhere reports whether an identifier is in a function that certainly runs neither on the
// loop of f nor because of it.
func (c *checker) elsewhere(id *ast.Ident, f *isolation.Func) bool {
	for in := c.FuncAt(id.Pos(), f); in != nil && in != f; in = in.Outer {
		if in.Fixed() || in.Place.Guess() {
			return true
		}
	}
	return false
}

// requests looks for requests and their writers among the captured variables. Except
// selects those that have been reported before.
func (c *checker) requests(lit *ast.FuncLit, where string, except func(*types.Var) bool) {
	said := map[*types.Var]bool{}
	contexts := map[ast.Node]bool{}
	if except == nil {
		c.inside(lit, func(n ast.Node) {
			if call, ok := n.(*ast.CallExpr); ok && isRequestContext(c.StaticCallee(call)) {
				contexts[rootOf(call)] = true // a finding of its own, or none
			}
		})
	}
	c.eachCapture(lit, func(id *ast.Ident, v *types.Var) {
		what := request(v.Type())
		if what == "" || said[v] || contexts[id] || except != nil && except(v) {
			return
		}
		said[v] = true
		c.report.Reportf(id, "%s is used in %s, which may go on when the request is over: take what it needs before", what, where)
	})
}

// harmless returns the uses of contexts that do not depend on when they end, and the
// variables that are only assigned to.
func (c *checker) harmless(lit *ast.FuncLit) map[ast.Node]bool {
	found := map[ast.Node]bool{}
	c.inside(lit, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			fn := c.StaticCallee(n)
			switch {
			case fn == nil:
			case fn.FullName() == "context.WithoutCancel" && len(n.Args) == 1:
				found[ast.Unparen(n.Args[0])] = true
			case fn.FullName() == "(context.Context).Value":
				if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok {
					found[ast.Unparen(sel.X)] = true
				}
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				found[ast.Unparen(left)] = true
			}
		}
	})
	return found
}

// eachCapture calls visit for the variables of functions around that a literal uses.
func (c *checker) eachCapture(lit *ast.FuncLit, visit func(*ast.Ident, *types.Var)) {
	c.inside(lit, func(n ast.Node) {
		id, ok := n.(*ast.Ident)
		if !ok {
			return
		}
		v, ok := c.Pass.TypesInfo.Uses[id].(*types.Var)
		if ok && !v.IsField() && v.Pkg() == c.Pass.Pkg && outside(v, lit) {
			visit(id, v)
		}
	})
}

// inside visits the nodes of a literal, without the work that it spawns in turn.
func (c *checker) inside(lit *ast.FuncLit, visit func(ast.Node)) {
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil:
			return false
		case *ast.FuncLit:
			return !c.Literal(n).Spawned
		}
		visit(n)
		return true
	})
}

// contextOfCaptured reports whether a call is r.Context() of a captured request.
func (c *checker) contextOfCaptured(lit *ast.FuncLit, call *ast.CallExpr) bool {
	if !isRequestContext(c.StaticCallee(call)) {
		return false
	}
	id, ok := rootOf(call).(*ast.Ident)
	if !ok {
		return false
	}
	v := c.Pass.TypesInfo.Uses[id]
	return v != nil && outside(v, lit)
}

// rootOf returns the receiver of a method call.
func rootOf(call *ast.CallExpr) ast.Node {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return ast.Unparen(sel.X)
	}
	return nil
}

func outside(v types.Object, n ast.Node) bool { return v.Pos() < n.Pos() || n.End() <= v.Pos() }
