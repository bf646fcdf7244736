package confined

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// flow follows confined state through the local variables of one declaration. The
// order of statements plays no part, so a variable counts only if everything that is
// assigned to it is confined state: one that is replaced by a copy is left alone.
type flow struct {
	*checker
	decl    *isolation.Func
	aliases map[types.Object]origin
	edges   []edge
	told    map[told]bool // captures that have been reported
}

// edge is an assignment of a value to a local variable.
type edge struct {
	to   types.Object
	from ast.Expr // nil for a value that cannot be followed
	part bool     // from is stored in a field or an element of the variable
	elem bool     // it is an element of from that is assigned
}

type told struct {
	in  ast.Node
	obj types.Object
}

func newFlow(c *checker, decl *isolation.Func, cur inspector.Cursor) *flow {
	f := &flow{checker: c, decl: decl, aliases: map[types.Object]origin{}, told: map[told]bool{}}
	for s := range cur.Preorder((*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil), (*ast.RangeStmt)(nil)) {
		switch s := s.Node().(type) {
		case *ast.AssignStmt:
			f.assign(s.Lhs, s.Rhs)
		case *ast.ValueSpec:
			var left []ast.Expr
			for _, name := range s.Names {
				left = append(left, name)
			}
			f.assign(left, s.Values)
		case *ast.RangeStmt:
			for _, x := range []ast.Expr{s.Key, s.Value} {
				f.store(x, s.X, true)
			}
		}
	}
	f.spread()
	f.dropMixed()
	return f
}

// assign records the edges of an assignment.
func (f *flow) assign(left, right []ast.Expr) {
	for i, l := range left {
		switch {
		case len(left) == len(right):
			f.store(l, right[i], false)
		case len(right) == 1 && i == 0 && commaOk(right[0]):
			f.store(l, right[0], false)
		case len(right) > 0:
			f.store(l, nil, false)
		}
	}
}

// commaOk reports whether x may have a second, boolean value: whether the first one is present.
func commaOk(x ast.Expr) bool {
	switch ast.Unparen(x).(type) {
	case *ast.IndexExpr, *ast.TypeAssertExpr:
		return true
	}
	return false
}

func (f *flow) store(left, from ast.Expr, elem bool) {
	if left == nil {
		return
	}
	switch x := ast.Unparen(left).(type) {
	case *ast.Ident:
		obj := f.Pass.TypesInfo.ObjectOf(x)
		if f.isLocal(obj) {
			f.edges = append(f.edges, edge{to: obj, from: from, elem: elem})
		}
	case *ast.SelectorExpr, *ast.IndexExpr:
		id := rootIdent(x)
		if id == nil || from == nil {
			return
		}
		if obj := f.Pass.TypesInfo.Uses[id]; f.isLocal(obj) && !f.isParam(obj) {
			f.edges = append(f.edges, edge{to: obj, from: from, part: true, elem: elem})
		}
	}
}

func (f *flow) isLocal(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && !v.IsField() && f.decl.Node.Pos() <= v.Pos() && v.Pos() < f.decl.Node.End()
}

// isParam reports whether obj is a parameter or the receiver of the declaration or of
// a literal in it: its value comes from a caller.
func (f *flow) isParam(obj types.Object) bool {
	if obj == f.Receiver(f.decl) {
		return true
	}
	for in := f.FuncAt(obj.Pos(), f.decl); in != nil; in = in.Outer {
		if params := in.Type.Params; params != nil && params.Pos() <= obj.Pos() && obj.Pos() < params.End() {
			return true
		}
	}
	return false
}

// spread finds the variables that may hold confined state.
func (f *flow) spread() {
	for changed := true; changed; {
		changed = false
		for _, e := range f.edges {
			if _, known := f.aliases[e.to]; known || e.from == nil || f.isParam(e.to) {
				continue
			}
			if o, ok := f.assigned(e); ok {
				f.aliases[e.to], changed = o, true
			}
		}
	}
}

func (f *flow) assigned(e edge) (origin, bool) {
	if e.elem {
		if !f.states.shared(e.to.Type()) {
			return origin{}, false
		}
		return f.part(e.from)
	}
	o, ok := f.origin(e.from)
	if ok && e.part {
		o.holds = true
	}
	return o, ok
}

// dropMixed takes the variables back that hold something else as well.
func (f *flow) dropMixed() {
	for changed := true; changed; {
		changed = false
		for _, e := range f.edges {
			if _, known := f.aliases[e.to]; !known || e.part {
				continue
			}
			if e.from != nil && f.Pass.TypesInfo.Types[e.from].IsNil() {
				continue
			}
			if f.aliases[e.to].holds && e.from != nil && makes(e.from) {
				continue // a new value whose fields are filled afterwards
			}
			ok := e.from != nil
			if ok {
				_, ok = f.assigned(e)
			}
			if !ok {
				delete(f.aliases, e.to)
				changed = true
			}
		}
	}
}

// makes reports whether x makes a new value that holds nothing yet.
func makes(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return makes(x.X)
	case *ast.CallExpr:
		id, ok := x.Fun.(*ast.Ident)
		return ok && (id.Name == "new" || id.Name == "make")
	}
	return false
}
