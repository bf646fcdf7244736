// Package goexit finds calls that end their goroutine in spawned work, which has no waiting caller.
package goexit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports t.Fatal and its relatives in spawned handlers.
var Analyzer = &analysis.Analyzer{
	Name: "goexit",
	Doc: `report calls of t.Fatal and its relatives in spawned handlers

t.Fatal, t.Skip, the functions of testify's require and runtime.Goexit end the goroutine
that calls them. In a handler that somebody waits for, the caller's goroutine ends too,
which is right for a test. Nobody waits for spawned work: the handler ends and the test
goes on, and passes if nothing else fails.`,
	URL:        report.Goexit.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        run,
	ResultType: report.UsedType,
}

func run(pass *analysis.Pass) (any, error) {
	known := pass.ResultOf[isolation.Analyzer].(*isolation.Result)
	rep := report.New(pass, report.Goexit)
	tree := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	for cur := range tree.Root().Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		fn := known.StaticCallee(call)
		if fn == nil || !ends(fn) {
			continue
		}
		if in := known.SpawnedAround(known.Enclosing(cur)); in != nil {
			f := report.Finding{At: call}
			f.Message = fmt.Sprintf("%s ends the goroutine of a handler that nobody waits for, and not the test: "+
				"report the failure and return", known.CallName(call))
			f.Fixes = fix(known, call, fn, cur, in)
			rep.Report(f)
		}
	}
	return rep.Used, nil
}

// ends reports whether a function ends the goroutine of its caller.
func ends(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "runtime":
		return fn.Name() == "Goexit"
	case "testing":
		switch fn.Name() {
		case "Fatal", "Fatalf", "FailNow", "Skip", "Skipf", "SkipNow":
			return true
		}
	case "github.com/stretchr/testify/require":
		// Everything there fails the test in this way, New and its like aside.
		if recv := fn.Signature().Recv(); recv != nil {
			return isolation.IsNamed(recv.Type(), fn.Pkg().Path(), "Assertions")
		}
		return fn.Exported() && takesT(fn) && fn.Signature().Results().Len() == 0
	}
	return false
}

func takesT(fn *types.Func) bool {
	params := fn.Signature().Params()
	return params.Len() > 0 && isolation.IsNamed(params.At(0).Type(), fn.Pkg().Path(), "TestingT")
}

// fix replaces Fatal by Error and a return, where the call is a statement of a function
// without results, and has the line to itself.
func fix(known *isolation.Result, call *ast.CallExpr, fn *types.Func, cur inspector.Cursor, in *isolation.Func) []analysis.SuggestedFix {
	instead := map[string]string{"Fatal": "Error", "Fatalf": "Errorf", "FailNow": "Fail"}[fn.Name()]
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	around := known.Enclosing(cur)
	if instead == "" || !ok || fn.Pkg().Path() != "testing" || around != in {
		return nil
	}
	back, ok := returning(known, around)
	if !ok || !ownLine(known.Pass.Fset, cur.Parent()) {
		return nil
	}
	return []analysis.SuggestedFix{{
		Message: "use " + instead + " and return",
		TextEdits: []analysis.TextEdit{
			{Pos: sel.Sel.Pos(), End: sel.Sel.End(), NewText: []byte(instead)},
			{Pos: call.End(), End: call.End(), NewText: []byte("\n" + back)},
		},
	}}
}

// returning returns the statement that leaves a function which has reported its failure, if
// that has no result but an error, which goes to the loop's error handler.
func returning(known *isolation.Result, f *isolation.Func) (statement string, ok bool) {
	results := f.Type.Results
	switch {
	case results.NumFields() == 0:
		return "return", true
	case results.NumFields() == 1 && types.Identical(known.Pass.TypesInfo.TypeOf(results.List[0].Type), types.Universe.Lookup("error").Type()):
		return "return nil", true
	}
	return "", false
}

// ownLine reports whether a node is a statement directly in a block, and no code
// follows on its line.
func ownLine(fset *token.FileSet, cur inspector.Cursor) bool {
	stmt, ok := cur.Node().(*ast.ExprStmt)
	block, inBlock := cur.Parent().Node().(*ast.BlockStmt)
	if !ok || !inBlock {
		return false
	}
	following := block.Rbrace
	if next, ok := cur.NextSibling(); ok {
		following = next.Node().Pos()
	}
	return fset.PositionFor(following, false).Line > fset.PositionFor(stmt.End(), false).Line
}
