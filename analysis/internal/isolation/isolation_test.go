package isolation_test

import (
	"go/ast"
	"go/types"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// tell reports everything that is known about a package: where each function runs,
// what belongs to which loop, and what became of calls of compare.
var tell = &analysis.Analyzer{
	Name: "tell", Doc: "report what package isolation knows",
	Requires: []*analysis.Analyzer{isolation.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		r := pass.ResultOf[isolation.Analyzer].(*isolation.Result)
		for _, f := range r.Funcs {
			tellFunc(pass, r, f)
		}
		for _, p := range r.Problems {
			pass.Reportf(p.Pos, "%s", p.Message)
		}
		for id, obj := range pass.TypesInfo.Defs {
			if v, ok := obj.(*types.Var); ok {
				if l, ok := r.Confined(v); ok {
					pass.Reportf(id.Pos(), "%s belongs to %s", id.Name, l.Label)
				}
			}
		}
		for _, file := range pass.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					tellCall(pass, r, call)
				}
				return true
			})
		}
		return nil, nil
	},
}

func tellFunc(pass *analysis.Pass, r *isolation.Result, f *isolation.Func) {
	name := "literal"
	if f.Obj != nil {
		name = isolation.Title(f.Obj)
		if l, ok := r.Helper(f.Obj); ok {
			name += " helps " + l.Label + " and"
		}
	}
	if f.Spawned {
		name += ", spawned,"
	}
	switch f.Place.Kind {
	case isolation.OnLoop:
		pass.Reportf(f.Type.Pos(), "%s runs on %s: %s", name, f.Place.Loop.Label, f.Place.Why)
	case isolation.Awaiting:
		pass.Reportf(f.Type.Pos(), "%s awaits", name)
	case isolation.Goroutine:
		pass.Reportf(f.Type.Pos(), "%s runs elsewhere: %s", name, f.Place.Why)
	default:
		cause := ""
		if f.Place.Cause != nil {
			cause = ", because of a call"
		}
		pass.Reportf(f.Type.Pos(), "%s runs outside%s", name, cause)
	}
}

var relations = map[isolation.Relation]string{
	isolation.Unknown: "unknown", isolation.Same: "same", isolation.Different: "different",
}

func tellCall(pass *analysis.Pass, r *isolation.Result, call *ast.CallExpr) {
	fn := r.StaticCallee(call)
	if fn == nil {
		return
	}
	if fn.Name() == "compare" {
		x, y := r.LoopOf(call.Args[0]), r.LoopOf(call.Args[1])
		pass.Reportf(call.Pos(), "%s", relations[x.To(y)])
		if x.To(y) != y.To(x) {
			pass.Reportf(call.Pos(), "and not the other way round")
		}
	}
	if l, ok := r.Helper(fn); ok && fn.Pkg() != pass.Pkg {
		pass.Reportf(call.Pos(), "a call of a helper of %s", l.Label)
	}
	if h := r.Handler(fn); h != nil && fn.Pkg() != pass.Pkg {
		pass.Reportf(call.Pos(), "a call of a handler of %s", h.Loop.Label)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	analysistest.Run(t, "../../testdata", tell, "./isolation/...")
}
