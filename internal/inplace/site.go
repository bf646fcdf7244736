package inplace

import (
	"go/ast"
	"go/types"
)

// sitesIn finds the calls that functions of a file make by themselves: not in goroutines, and not in
// functions that are values, which anybody may call from anywhere.
func (a *analysis) sitesIn(f *ast.File) {
	for _, d := range f.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Body == nil {
			continue
		}
		if obj, ok := a.Info.Defs[decl.Name].(*types.Func); ok && a.functions[obj] != nil {
			ast.Walk(walker{a, a.functions[obj]}, decl.Body)
		}
	}
}

type walker struct {
	a      *analysis
	caller *function
}

// Visit implements ast.Visitor.
func (w walker) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.FuncLit:
		return nil
	case *ast.GoStmt:
		w.arguments(n.Call) // are made by the function itself
		return nil
	case *ast.RangeStmt:
		if tv, ok := w.a.Info.Types[n.X]; ok {
			if _, ok := tv.Type.Underlying().(*types.Signature); ok {
				ast.Walk(w, n.X)
				return nil // the body is a function that the sequence calls
			}
		}
	case *ast.CallExpr:
		if lit, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok { // and so is the one of a defer
			w.arguments(n)
			ast.Walk(w, lit.Body)
			return nil
		}
		w.call(n)
	}
	return w
}

func (w walker) arguments(call *ast.CallExpr) {
	for _, arg := range call.Args {
		ast.Walk(w, arg)
	}
}

// call notes a call of a function or a method by its name.
func (w walker) call(call *ast.CallExpr) {
	s := site{caller: w.caller, call: call, info: w.a.Info}
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(x.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(x.X)
	}
	switch x := fun.(type) {
	case *ast.Ident:
		s.name = x
	case *ast.SelectorExpr:
		sel := w.a.Info.Selections[x]
		if sel == nil || sel.Kind() != types.MethodVal || len(sel.Index()) != 1 {
			return // of another package, a method expression, or one that is promoted
		}
		s.name, s.on = x.Sel, x.X
	default:
		return
	}
	if s.callee = origin(w.a.Info.Uses[s.name]); s.callee != nil {
		w.a.called[s.name] = true
		w.a.sites = append(w.a.sites, s)
	}
}
