// Package blocking finds handlers that wait for something else while they hold their
// loop.
package blocking

import (
	"go/ast"
	"go/printer"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports handlers that block their loop.
var Analyzer = &analysis.Analyzer{
	Name: "blocking",
	Doc: `report handlers that block their loop

While a handler waits, for time to pass, for another goroutine, for the network or the
disk, nothing else runs on its loop. loop.Sleep and loop.Await give the loop up meanwhile.`,
	URL:        report.Blocking.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer, held},
	Run:        run,
	ResultType: report.UsedType,
}

// checker is one run.
type checker struct {
	*isolation.Result
	report *report.Reporter
	held   *heldMutexes
}

func run(pass *analysis.Pass) (any, error) {
	c := &checker{
		Result: pass.ResultOf[isolation.Analyzer].(*isolation.Result),
		report: report.New(pass, report.Blocking),
		held:   pass.ResultOf[held].(*heldMutexes),
	}
	tree := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	kinds := []ast.Node{(*ast.CallExpr)(nil), (*ast.UnaryExpr)(nil), (*ast.SendStmt)(nil), (*ast.RangeStmt)(nil), (*ast.SelectStmt)(nil)}
	for cur := range tree.Root().Preorder(kinds...) {
		if in, ok := c.OnLoop(cur); ok && !elsewhere(cur) {
			c.look(cur, in)
		}
	}
	return c.report.Used, nil
}

// elsewhere reports whether a call is that of a go statement, or a deferred one, which
// is not worth the doubt.
func elsewhere(cur inspector.Cursor) bool {
	switch cur.Parent().Node().(type) {
	case *ast.GoStmt, *ast.DeferStmt:
		return true
	}
	return false
}

func (c *checker) look(cur inspector.Cursor, in *isolation.Func) {
	switch n := cur.Node().(type) {
	case *ast.CallExpr:
		if fn := c.StaticCallee(n); fn != nil {
			c.call(n, fn, cur, in)
		}
	default:
		if what := c.channel(cur, in); what != "" {
			c.report.Reportf(first(n), "%s on %s: %s blocks the loop until somebody else does something: use loop.Await, or a select with ctx.Done()",
				c.Who(in), in.Place.Loop.Label, what)
		}
	}
}

// call reports calls that are in one of the lists.
func (c *checker) call(call *ast.CallExpr, fn *types.Func, cur inspector.Cursor, in *isolation.Func) {
	name := fn.FullName()
	switch {
	case sleeps[name]:
		f := report.Finding{At: call, Message: c.Who(in) + " on " + in.Place.Loop.Label + ": " + short(fn) + " blocks the loop: use loop.Sleep, which lets others run"}
		f.Fixes = c.sleep(call, cur, in)
		c.report.Report(f)
	case joins[name]:
		c.report.Reportf(call, "%s on %s: %s blocks the loop until other goroutines are done: use loop.Await", c.Who(in), in.Place.Loop.Label, short(fn))
	case transfers[name]:
		c.report.Reportf(call, "%s on %s: %s blocks the loop: use loop.Await", c.Who(in), in.Place.Loop.Label, short(fn))
	case locks[name]:
		c.lock(call, in)
	}
}

// sleep replaces time.Sleep by loop.Sleep. It has to be a statement, and package time
// must still be used.
func (c *checker) sleep(call *ast.CallExpr, cur inspector.Cursor, in *isolation.Func) []analysis.SuggestedFix {
	_, statement := cur.Parent().Node().(*ast.ExprStmt)
	ctx := c.ContextAt(call.Pos(), in)
	if !statement || ctx == "" || !c.mentions(call.Args[0], "time") {
		return nil
	}
	name, edits := report.Import(c.Pass, isolation.RuntimePath, call.Pos())
	var d strings.Builder
	if name == "" || printer.Fprint(&d, c.Pass.Fset, call.Args[0]) != nil {
		return nil
	}
	text := "_ = " + name + ".Sleep(" + ctx + ", " + d.String() + ")"
	edits = append(edits, analysis.TextEdit{Pos: call.Pos(), End: call.End(), NewText: []byte(text)})
	return []analysis.SuggestedFix{{Message: "use loop.Sleep", TextEdits: edits}}
}

// mentions reports whether an expression names something of a package.
func (c *checker) mentions(x ast.Expr, path string) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			p, ok := c.Pass.TypesInfo.Uses[id].(*types.PkgName)
			found = found || ok && p.Imported().Path() == path
		}
		return !found
	})
	return found
}

// first is what of a statement a finding points to.
func first(n ast.Node) analysis.Range {
	switch n := n.(type) {
	case *ast.RangeStmt:
		return n.X
	case *ast.SelectStmt:
		return at{n.Select, n.Body.Lbrace}
	}
	return n
}
