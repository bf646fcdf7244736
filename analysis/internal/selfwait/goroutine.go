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
	"github.com/asyncgen/asyncgen/analysis/internal/waiting"
)

// starters are methods that call their argument on a goroutine, which Wait waits for.
var starters = map[string]bool{
	"(*sync.WaitGroup).Go":                   true,
	"(*golang.org/x/sync/errgroup.Group).Go": true,
}

var waiters = map[string]bool{
	"(*sync.WaitGroup).Wait":                   true,
	"(*golang.org/x/sync/errgroup.Group).Wait": true,
}

// goroutine reports a literal that a handler starts and waits for, and that waits for
// the handler's loop.
func (c *checker) goroutine(lit *ast.FuncLit, cur inspector.Cursor) {
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok {
		return
	}
	_, plain := cur.Parent().Parent().Node().(*ast.GoStmt)
	group := c.group(call, starters)
	if plain != (ast.Unparen(call.Fun) == lit) || !plain && group == nil {
		return
	}
	in, ok := c.OnAnyLoop(cur.Parent())
	if !ok {
		return
	}
	w, ok := c.waitIn(lit, in)
	if !ok {
		return
	}
	at := c.joined(in, lit, c.endOf(in, lit, call, group, w.Wait))
	if at != nil && !c.yields(in, min(w.since, lit.Pos()), at.Pos()) {
		c.report.Report(report.Finding{
			At: w.Call,
			Message: fmt.Sprintf("%s runs on %s and waits for a goroutine that waits for %s on the same loop, so that both wait forever: wait inside loop.Await",
				c.Who(in), in.Place.Loop.Label, w.Name),
			Related: []analysis.RelatedInformation{report.Related(at, "the goroutine is waited for here")},
		})
	}
}

// endOf returns a function that reports whether a piece of syntax waits for the goroutine: for
// its group, or for a signal of its own.
func (c *checker) endOf(in *isolation.Func, lit *ast.FuncLit, start *ast.CallExpr, group *types.Var, w waiting.Wait) func(ast.Node) bool {
	if group == nil {
		signals := c.signals(in, lit, w.Call.Pos())
		return func(n ast.Node) bool { return signals[c.waited(n)] }
	}
	of := c.holder(start)
	if group.IsField() && (of == nil || c.replaced(in, of)) {
		return func(ast.Node) bool { return false }
	}
	return func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && c.group(call, waiters) == group && c.holder(call) == of
	}
}

// holder returns the variable with the field that a method is called on: x in x.wg.Go.
func (c *checker) holder(call *ast.CallExpr) *types.Var {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	field, ok := ast.Unparen(sel.X).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, ok := ast.Unparen(field.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := c.Pass.TypesInfo.Uses[id].(*types.Var)
	return v
}

// replaced reports whether a variable may be given another value, in a function or, if
// it is not local, anywhere.
func (c *checker) replaced(in *isolation.Func, v *types.Var) bool {
	found := v.Parent() == c.Pass.Pkg.Scope()
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				id, ok := ast.Unparen(left).(*ast.Ident)
				found = found || ok && c.Pass.TypesInfo.Uses[id] == v
			}
		case *ast.UnaryExpr:
			id, ok := ast.Unparen(n.X).(*ast.Ident)
			found = found || ok && n.Op == token.AND && c.Pass.TypesInfo.Uses[id] == v
		}
		return !found
	})
	return found
}

// group returns the variable of the group that a method is called on.
func (c *checker) group(call *ast.CallExpr, methods map[string]bool) *types.Var {
	fn := c.StaticCallee(call)
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if fn == nil || !ok || !methods[fn.FullName()] {
		return nil
	}
	return waiting.Var(c.Pass.TypesInfo, sel.X)
}

// signals returns the local channels and groups that a goroutine uses, after pos or in deferred
// calls, to signal its end. Other code does not send to them.
func (c *checker) signals(in *isolation.Func, lit *ast.FuncLit, pos token.Pos) map[*types.Var]bool {
	found, deferred := map[*types.Var]bool{}, token.NoPos
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		inside := n != nil && lit.Pos() <= n.Pos() && n.End() <= lit.End()
		if d, ok := n.(*ast.DeferStmt); ok && inside {
			deferred = d.End()
		}
		v, channel := c.signal(n)
		if v == nil || v.IsField() || v.Parent() == c.Pass.Pkg.Scope() {
			return true
		}
		late := inside && (n.Pos() > pos || n.End() <= deferred)
		before, seen := found[v]
		switch {
		case !inside && !channel: // another goroutine of the group
		case seen:
			found[v] = before && late
		default:
			found[v] = late
		}
		return true
	})
	for v, alone := range found {
		found[v] = alone && (!isolation.IsChan(v.Type()) || c.private(in, v))
	}
	return found
}

// signal returns the channel that a piece of syntax sends to or closes, or the group whose
// method Done it calls.
func (c *checker) signal(n ast.Node) (v *types.Var, channel bool) {
	switch n := n.(type) {
	case *ast.SendStmt:
		return waiting.Var(c.Pass.TypesInfo, n.Chan), true
	case *ast.CallExpr:
		if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && id.Name == "close" && len(n.Args) == 1 {
			return waiting.Var(c.Pass.TypesInfo, n.Args[0]), true
		}
		return c.group(n, map[string]bool{"(*sync.WaitGroup).Done": true}), false
	}
	return nil, false
}

// joined returns where a function waits for a goroutine after it has been started.
func (c *checker) joined(in *isolation.Func, lit *ast.FuncLit, end func(ast.Node) bool) ast.Node {
	var at ast.Node
	lenient := map[ast.Node]bool{}
	c.inspect(in.Body, func(n ast.Node) {
		if at != nil {
			return
		}
		if s, ok := n.(*ast.SelectStmt); ok {
			c.excuse(s, lenient)
		}
		if n.Pos() < lit.End() || lenient[n] {
			return
		}
		if end(n) {
			at = n
		}
	})
	return at
}

// excuse notes the operations of a select that may go on otherwise.
func (c *checker) excuse(s *ast.SelectStmt, lenient map[ast.Node]bool) {
	if len(s.Body.List) < 2 {
		return
	}
	for _, clause := range s.Body.List {
		comm := clause.(*ast.CommClause).Comm
		if comm != nil {
			ast.Inspect(comm, func(n ast.Node) bool { lenient[n] = true; return true })
		}
	}
}

// waited returns the variable that a piece of syntax waits for.
func (c *checker) waited(n ast.Node) *types.Var {
	switch n := n.(type) {
	case *ast.CallExpr:
		return c.group(n, waiters)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return waiting.Var(c.Pass.TypesInfo, n.X)
		}
	case *ast.RangeStmt:
		if t := c.Pass.TypesInfo.TypeOf(n.X); t != nil && isolation.IsChan(t) {
			return waiting.Var(c.Pass.TypesInfo, n.X)
		}
	}
	return nil
}

// inspect visits what runs in the function itself, and no other function, and no
// goroutine or deferred call.
func (c *checker) inspect(body ast.Node, visit func(ast.Node)) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		}
		visit(n)
		return true
	})
}
