// Package lost finds errors of spawned work and futures that nobody looks at.
package lost

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports results of spawn and async calls that are dropped.
var Analyzer = &analysis.Analyzer{
	Name: "lost",
	Doc: `report errors of spawned work and futures that are dropped

The error of a spawn says that the loop did not accept the work, so that it will never
run: dropping it loses work silently. A future that is dropped takes the handler's result
and error with it. Assign to the blank identifier to say that it does not matter.`,
	URL:        report.Lost.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        run,
	ResultType: report.UsedType,
}

func run(pass *analysis.Pass) (any, error) {
	known := pass.ResultOf[isolation.Analyzer].(*isolation.Result)
	rep := report.New(pass, report.Lost)
	tree := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	kinds := []ast.Node{(*ast.ExprStmt)(nil), (*ast.GoStmt)(nil), (*ast.DeferStmt)(nil)}
	tree.Preorder(kinds, func(n ast.Node) {
		call := dropped(n)
		if call == nil {
			return
		}
		fn := known.StaticCallee(call)
		if fn == nil || fn.Signature().Results().Len() == 0 {
			return
		}
		switch known.Mode(fn) {
		case isolation.Spawn:
			rep.Reportf(call, "the error of %s is dropped: if the loop does not accept the work, it never runs and nobody knows", known.CallName(call))
		case isolation.Async:
			rep.Reportf(call, "the future of %s is dropped, and with it the result and the error of the handler: await it, or use spawn", known.CallName(call))
		}
	})
	return rep.Used, nil
}

// dropped returns the call whose results a statement drops, or nil.
func dropped(n ast.Node) *ast.CallExpr {
	switch n := n.(type) {
	case *ast.ExprStmt:
		call, _ := ast.Unparen(n.X).(*ast.CallExpr)
		return call
	case *ast.GoStmt:
		return n.Call
	case *ast.DeferStmt:
		return n.Call
	}
	return nil
}
