package inplace

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/internal/loopchoice"
)

// assigned returns the variables that a piece of code assigns, in whose fields it assigns loops, or whose
// addresses it takes.
func (a *analysis) assigned(code ast.Node) map[*types.Var]bool {
	vars := map[*types.Var]bool{}
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				a.assign(vars, x)
			}
		case *ast.RangeStmt:
			a.assign(vars, n.Key)
			a.assign(vars, n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				a.assign(vars, n.X)
			}
		}
		return true
	})
	return vars
}

// assign notes the variable that an assignment to x changes: x itself, the variable that has x as a
// field with a loop, or the one that points to x.
func (a *analysis) assign(vars map[*types.Var]bool, x ast.Expr) {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if v, ok := a.Info.Uses[x].(*types.Var); ok {
			vars[v] = true
		}
	case *ast.StarExpr:
		a.assign(vars, x.X)
	case *ast.SelectorExpr:
		if a.holdsLoop(x) {
			a.assign(vars, x.X)
		}
	}
}

// holdsLoop reports whether an expression has the type of a loop, or of a struct that may promote
// one.
func (a *analysis) holdsLoop(x ast.Expr) bool {
	t := a.Info.TypeOf(x)
	return loopchoice.KindOf(t) != loopchoice.None || len(loopchoice.Fields(t, a.Types)) > 0
}

// assignedAnywhere returns the variables of the package that are assigned outside of init.
func (a *analysis) assignedAnywhere() map[*types.Var]bool {
	vars := map[*types.Var]bool{}
	for _, f := range a.Files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				continue
			}
			for v := range a.assigned(d) {
				vars[v] = v.Parent() == a.Types.Scope()
			}
		}
	}
	return vars
}
