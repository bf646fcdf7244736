package isolation

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Ended reports whether a function has waited for the end of the loop before pos, or
// of one that may be that loop: then nothing runs there any more.
func (r *Result) Ended(f *Func, pos token.Pos, l Loop) bool {
	for _, c := range f.Calls {
		if c.Go || c.Expr.Pos() >= pos || !isLoopMethod(c.Callee, "Shutdown", "Done") {
			continue
		}
		if sel, ok := ast.Unparen(c.Expr.Fun).(*ast.SelectorExpr); ok && r.loopOf(sel.X).To(l) != Different {
			return true
		}
	}
	return r.ran(f, pos, l)
}

// ran reports whether a function has called the run function of the loop before pos, or of one that may be
// that loop.
func (r *Result) ran(f *Func, pos token.Pos, l Loop) bool {
	if len(r.runs) == 0 {
		return false
	}
	ran := false
	ast.Inspect(f.Node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.FuncLit:
			return n == f.Node
		case *ast.CallExpr:
			if run, ok := r.runs[r.variable(n.Fun)]; ok && n.Pos() < pos && run.To(l) != Different {
				ran = true
			}
		}
		return !ran
	})
	return ran
}

// findRuns finds the variables and fields that hold the run function of a loop, each with the loop: it has both
// results of loop.NewMain. A loop that nothing holds has no such function.
func (r *Result) findRuns() {
	note := func(left []ast.Expr, right []ast.Expr) {
		if len(left) != 2 || len(right) != 1 {
			return
		}
		call, ok := ast.Unparen(right[0]).(*ast.CallExpr)
		if !ok || !isRuntime(staticCallee(r.Pass.TypesInfo, call), "NewMain") {
			return
		}
		run := r.variable(left[1])
		if run != nil && r.variable(left[0]) != nil {
			r.runs[run] = r.loopIn(left[0])
		}
	}
	for _, f := range r.Pass.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				note(n.Lhs, n.Rhs)
			case *ast.ValueSpec:
				var names []ast.Expr
				for _, name := range n.Names {
					names = append(names, name)
				}
				note(names, n.Values)
			}
			return true
		})
	}
}

// variable returns the variable or the field that an expression names or declares, or nil.
func (r *Result) variable(x ast.Expr) *types.Var {
	x = ast.Unparen(x)
	if sel, ok := x.(*ast.SelectorExpr); ok {
		x = sel.Sel
	}
	id, ok := x.(*ast.Ident)
	if !ok || id.Name == "_" {
		return nil
	}
	v, _ := r.Pass.TypesInfo.ObjectOf(id).(*types.Var)
	if v == nil {
		return nil
	}
	return v.Origin()
}

// loopIn returns the loop that a variable or a field holds after an assignment.
func (r *Result) loopIn(x ast.Expr) Loop {
	if id, ok := ast.Unparen(x).(*ast.Ident); ok {
		return r.loopOfVar(r.variable(id))
	}
	return r.loopOf(x)
}
