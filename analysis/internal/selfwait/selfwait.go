// Package selfwait finds handlers that wait for their own loop, which cannot run
// anything while they do.
package selfwait

import (
	"fmt"
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports handlers that wait for themselves.
var Analyzer = &analysis.Analyzer{
	Name: "selfwait",
	Doc: `report handlers that wait for their own loop

A bridge that a handler of the same loop calls runs in place, with any context. In another
goroutine that the handler waits for, the call is queued behind the handler, and neither
can go on. A sequence that is pulled from runs in a goroutine of its own. A handler that
awaits a future gives up its loop meanwhile, but only with its own context or one that is
derived from it; with another, it keeps the loop that a future of the same loop needs.`,
	URL:        report.SelfWait.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        run,
	ResultType: report.UsedType,
}

// checker is one run.
type checker struct {
	*isolation.Result
	report *report.Reporter
	tree   *inspector.Inspector
}

func run(pass *analysis.Pass) (any, error) {
	c := &checker{
		Result: pass.ResultOf[isolation.Analyzer].(*isolation.Result),
		report: report.New(pass, report.SelfWait),
		tree:   pass.ResultOf[inspect.Analyzer].(*inspector.Inspector),
	}
	for cur := range c.tree.Root().Preorder((*ast.CallExpr)(nil), (*ast.FuncLit)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.CallExpr:
			c.call(n, cur)
			c.pull(n, cur)
		case *ast.FuncLit:
			c.goroutine(n, cur)
		}
	}
	return c.report.Used, nil
}

// call reports a wait for a future of the own loop with a foreign context, which keeps the
// loop occupied.
func (c *checker) call(call *ast.CallExpr, cur inspector.Cursor) {
	in, ok := c.OnAnyLoop(cur)
	if !ok || started(cur) {
		return
	}
	// Everything else that a handler waits for on its own loop runs in place.
	w, ok := c.waitAt(call, in)
	if !ok || !w.Future || !w.Own(c.Result, in) || !c.fresh(w.Context, in, 0) {
		return
	}
	if w.since < call.Pos() && c.yields(in, w.since, call.Pos()) {
		return
	}
	f := report.Finding{At: call}
	f.Message = fmt.Sprintf("%s runs on %s and waits for %s on the same loop with a context that is not the handler's, so that the loop is not given up meanwhile: pass on the handler's context",
		c.Who(in), in.Place.Loop.Label, w.Name)
	if name := c.ContextAt(call.Pos(), in); name != "" && c.root(w.Context) {
		f.Fixes = []analysis.SuggestedFix{report.Fix("pass "+name, w.Context, name)}
	}
	c.report.Report(f)
}

// started reports whether a call is that of a go statement.
func started(cur inspector.Cursor) bool {
	_, ok := cur.Parent().Node().(*ast.GoStmt)
	return ok
}
