// Package lost finds dropped errors of spawned work and of streams, and dropped futures.
package lost

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports results of spawn and async calls, and errors of streams, that are dropped.
var Analyzer = &analysis.Analyzer{
	Name: "lost",
	Doc: `report errors of spawned work and of streams, and futures, that are dropped

The error of a spawn says that the loop did not accept the work, so that it will never
run: dropping it loses work silently. A future that is dropped takes the handler's result
and error with it. The last element of a stream that is cut short is a zero value with an
error: without a second variable, the loop body takes it for a value. Assign to the blank
identifier, or write //asyncgen:allow over the loop, to say that it does not matter.`,
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
	tree.Preorder([]ast.Node{(*ast.RangeStmt)(nil)}, func(n ast.Node) {
		stmt := n.(*ast.RangeStmt)
		if call := withoutError(known, stmt); call != nil {
			rep.Reportf(call, "the error of %s is dropped: a stream that is cut short ends with a zero value, and looks complete", known.CallName(call))
		}
	})
	return rep.Used, nil
}

// withoutError returns the call of a stream that is ranged over without a variable for its
// errors, or nil.
func withoutError(known *isolation.Result, stmt *ast.RangeStmt) *ast.CallExpr {
	call, ok := ast.Unparen(stmt.X).(*ast.CallExpr)
	if !ok || stmt.Value != nil {
		return nil
	}
	fn := known.StaticCallee(call)
	if fn == nil || known.Mode(fn) != isolation.Stream {
		return nil
	}
	seq, ok := types.Unalias(known.Pass.TypesInfo.TypeOf(call)).(*types.Named)
	if !ok || seq.TypeArgs().Len() != 2 || !types.Identical(seq.TypeArgs().At(1), types.Universe.Lookup("error").Type()) {
		return nil
	}
	return call
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
