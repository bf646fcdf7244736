// Package fresh knows the values that a function has just made and that nobody else
// has seen yet. What belongs to a loop may be touched there before its loop does.
package fresh

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// Variables are the local variables of a package that hold such values.
type Variables struct {
	result *isolation.Result
	// seen is where each was given away, by variable; variables that were
	// not made on the spot are absent.
	seen map[*types.Var]token.Pos
	done map[ast.Node]bool
	// makers says which functions return new values, bodies where they are.
	makers map[*types.Func]bool
	bodies map[*types.Func]*isolation.Func
}

// In looks through the functions of a package when asked about them.
func In(r *isolation.Result) *Variables {
	return &Variables{result: r, seen: map[*types.Var]token.Pos{}, done: map[ast.Node]bool{}, makers: map[*types.Func]bool{}}
}

// At reports whether x, at pos in a function, is a value that the function itself has
// made and has not given away before.
func (v *Variables) At(x ast.Expr, pos token.Pos, in *isolation.Func) bool {
	if in == nil {
		return false
	}
	obj, ok := v.result.Pass.TypesInfo.Uses[rootIdent(x)].(*types.Var)
	if !ok {
		return false
	}
	v.look(in)
	given, made := v.seen[obj]
	return made && pos <= given && in.Node.Pos() <= obj.Pos() && obj.Pos() < in.Node.End()
}

// rootIdent is the variable at the beginning of a chain of fields.
func rootIdent(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return rootIdent(x.X)
	case *ast.StarExpr:
		return rootIdent(x.X)
	case *ast.IndexExpr:
		return rootIdent(x.X)
	}
	return nil
}

func (v *Variables) look(in *isolation.Func) {
	if v.done[in.Node] {
		return
	}
	v.done[in.Node] = true
	ast.Inspect(in.Body, func(n ast.Node) bool { v.define(n); return true })
	ast.Inspect(in.Body, func(n ast.Node) bool { return v.give(n) })
}

// define finds variables that are made from a literal, by new or without a value.
func (v *Variables) define(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			id, ok := left.(*ast.Ident)
			if !ok || n.Tok != token.DEFINE {
				continue
			}
			if len(n.Lhs) == len(n.Rhs) && (makes(n.Rhs[i]) || v.constructed(n.Rhs[i])) ||
				len(n.Rhs) == 1 && len(n.Lhs) > 1 && i == 0 && v.constructed(n.Rhs[0]) {
				v.add(id)
			}
		}
	case *ast.ValueSpec:
		for i, id := range n.Names {
			if i < len(n.Values) && makes(n.Values[i]) || len(n.Values) == 0 && v.holdsStruct(id) {
				v.add(id)
			}
		}
	}
}

func (v *Variables) holdsStruct(id *ast.Ident) bool {
	obj := v.result.Pass.TypesInfo.Defs[id]
	if obj == nil {
		return false
	}
	_, ok := obj.Type().Underlying().(*types.Struct)
	return ok
}

func (v *Variables) add(id *ast.Ident) {
	if obj, ok := v.result.Pass.TypesInfo.Defs[id].(*types.Var); ok {
		v.seen[obj] = token.Pos(1<<62 - 1)
	}
}

func makes(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, lit := ast.Unparen(x.X).(*ast.CompositeLit)
		return x.Op == token.AND && lit
	case *ast.CallExpr:
		id, ok := x.Fun.(*ast.Ident)
		return ok && id.Name == "new"
	}
	return false
}

// give notes where variables are given away: as arguments, into literals, into other
// variables, to closures.
func (v *Variables) give(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		v.escape(n.Args...)
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			v.escape(e)
		}
	case *ast.AssignStmt:
		v.escape(n.Rhs...)
	case *ast.SendStmt:
		v.escape(n.Value)
	case *ast.FuncLit:
		ast.Inspect(n.Body, func(inner ast.Node) bool {
			if id, ok := inner.(*ast.Ident); ok {
				v.giveAt(id, n.Pos())
			}
			return true
		})
	case *ast.GoStmt:
		if sel, ok := ast.Unparen(n.Call.Fun).(*ast.SelectorExpr); ok {
			v.escape(sel.X) // the method runs on another goroutine
		}
	}
	return true
}

func (v *Variables) escape(list ...ast.Expr) {
	for _, x := range list {
		x = ast.Unparen(x)
		if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.AND {
			x = ast.Unparen(u.X)
		}
		if id, ok := x.(*ast.Ident); ok {
			v.giveAt(id, id.Pos())
		}
	}
}

func (v *Variables) giveAt(id *ast.Ident, pos token.Pos) {
	obj, ok := v.result.Pass.TypesInfo.Uses[id].(*types.Var)
	if !ok {
		return
	}
	if old, made := v.seen[obj]; made && pos < old {
		v.seen[obj] = pos
	}
}
