package selfwait

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// pull reports a handler that pulls from a sequence which waits for the handler's loop.
// The sequence runs in a goroutine of its own, and the handler waits for it in next.
func (c *checker) pull(call *ast.CallExpr, cur inspector.Cursor) {
	fn := c.StaticCallee(call)
	if fn == nil || fn.FullName() != "iter.Pull" && fn.FullName() != "iter.Pull2" || len(call.Args) != 1 {
		return
	}
	in, ok := c.OnAnyLoop(cur)
	if !ok {
		return
	}
	w, ok := c.sequence(call.Args[0], in)
	next := c.firstResult(call, cur)
	if !ok || next == nil {
		return
	}
	at := c.called(in, next, call.End(), 0)
	if at == nil {
		return
	}
	related := []analysis.RelatedInformation{report.Related(at, "the sequence is waited for here")}
	if w.Call != ast.Unparen(call.Args[0]) {
		related = append(related, report.Related(w.Call, "the sequence waits here"))
	}
	c.report.Report(report.Finding{
		At: call,
		Message: fmt.Sprintf("%s runs on %s and pulls from a sequence that waits for %s on the same loop, in a goroutine of its own, so that both wait forever: range over the sequence, or pull inside loop.Await",
			c.Who(in), in.Place.Loop.Label, w.Name),
		Related: related,
	})
}

// sequence returns the wait of a sequence for the loop of the function in: that for a
// stream, or one in a literal that comes before the first element.
func (c *checker) sequence(x ast.Expr, in *isolation.Func) (w wait, ok bool) {
	if lit, is := c.origin(x, in).(*ast.FuncLit); is {
		w, ok = c.waitIn(lit, in)
		return w, ok && lit.Pos() < w.since && w.Call.Pos() < c.firstYield(lit)
	}
	w, ok = c.stream(x, in)
	return w, ok && w.Own(c.Result, in)
}

// firstYield is where a sequence has made its first element, or gives away the function
// that takes it.
func (c *checker) firstYield(lit *ast.FuncLit) token.Pos {
	first := lit.End()
	if len(lit.Type.Params.List) != 1 || len(lit.Type.Params.List[0].Names) != 1 {
		return first
	}
	yield := c.Pass.TypesInfo.Defs[lit.Type.Params.List[0].Names[0]]
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			// Its arguments come before it.
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && c.Pass.TypesInfo.Uses[id] == yield {
				first = min(first, n.End())
				return false
			}
		case *ast.Ident:
			if c.Pass.TypesInfo.Uses[n] == yield {
				first = min(first, n.Pos())
			}
		}
		return true
	})
	return first
}

// firstResult returns the variable that is declared with the first result of a call, and
// never gets another value.
func (c *checker) firstResult(call *ast.CallExpr, cur inspector.Cursor) *types.Var {
	switch stmt := cur.Parent().Node().(type) {
	case *ast.AssignStmt:
		if len(stmt.Lhs) == 2 && len(stmt.Rhs) == 1 && stmt.Rhs[0] == call {
			return c.Steady(stmt.Lhs[0])
		}
	case *ast.ValueSpec:
		if len(stmt.Names) == 2 && len(stmt.Values) == 1 && stmt.Values[0] == call {
			return c.Steady(stmt.Names[0])
		}
	}
	return nil
}

// called returns where a function calls another that is in a local variable, if that is
// the first use of it behind pos: itself, or by giving it to a function of the package
// that does.
func (c *checker) called(in *isolation.Func, v *types.Var, pos token.Pos, n int) ast.Node {
	first := c.mention(in, v, pos)
	if first == nil || n > depth {
		return nil
	}
	var at ast.Node
	c.inspect(in.Body, func(node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok || at != nil {
			return
		}
		if ast.Unparen(call.Fun) == first {
			at = call
		}
		for i, arg := range call.Args {
			if ast.Unparen(arg) == first && c.calls(c.StaticCallee(call), i, n+1) {
				at = call
			}
		}
	})
	return at
}

// calls reports whether a function of the package calls its parameter.
func (c *checker) calls(fn *types.Func, i, n int) bool {
	if fn == nil || i >= fn.Signature().Params().Len() {
		return false
	}
	for _, f := range c.Funcs {
		if f.Obj == fn {
			return c.called(f, fn.Signature().Params().At(i), f.Body.Pos(), n) != nil
		}
	}
	return false
}
