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

A bridge that a handler of the same loop calls runs in place, because the handler's
context says who is calling. With a context that is not derived from the handler's, or
in another goroutine that the handler waits for, the call is queued behind the handler,
and neither can go on. A sequence that is pulled from runs in a goroutine of its own.`,
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

// call reports a wait for the own loop with a context that does not tell the runtime
// who is calling.
func (c *checker) call(call *ast.CallExpr, cur inspector.Cursor) {
	in, ok := c.OnAnyLoop(cur)
	if !ok || started(cur) {
		return
	}
	// A stream that a handler ranges over runs in place, whatever its context.
	w, ok := c.waitAt(call, in)
	if !ok || w.Stream || w.Context == nil || !w.Own(c.Result, in) || !c.fresh(w.Context, in, 0) {
		return
	}
	if w.since < call.Pos() && c.yields(in, w.since, call.Pos()) {
		return
	}
	why := "it cannot run in place"
	if w.Future {
		why = "the loop is not given up meanwhile"
	}
	f := report.Finding{At: call}
	f.Message = fmt.Sprintf("%s runs on %s and waits for %s on the same loop with a context that is not the handler's, so that %s: pass on the handler's context",
		c.Who(in), in.Place.Loop.Label, w.Name, why)
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
