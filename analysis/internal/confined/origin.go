package confined

import (
	"go/ast"
	"go/token"
	"go/types"
)

// origin is the confined variable whose state a value shares.
type origin struct {
	variable
	from    ast.Expr // where it was read
	address bool     // the value is a pointer into the variable itself
	closure bool     // the value is a function that uses the variable
	// holds is set for a value that has the state in one of its fields: the value as
	// a whole gives it away, its other fields do not.
	holds bool
}

// origin returns the confined variable whose state the value of x shares.
func (f *flow) origin(x ast.Expr) (origin, bool) {
	x = ast.Unparen(x)
	switch x := x.(type) {
	case *ast.FuncLit:
		return f.closure(x)
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return f.pointer(x)
		}
		return origin{}, false
	case *ast.CompositeLit:
		return f.literal(x)
	case *ast.CallExpr:
		return f.call(x)
	case *ast.SliceExpr:
		if _, ok := f.Pass.TypesInfo.TypeOf(x.X).Underlying().(*types.Array); ok {
			return f.place(x.X)
		}
		return f.origin(x.X)
	case *ast.SelectorExpr:
		if sel := f.Pass.TypesInfo.Selections[x]; sel != nil && sel.Kind() == types.MethodVal {
			return f.method(x, sel)
		}
	case *ast.Ident:
		if o, ok := f.aliases[f.Pass.TypesInfo.Uses[x]]; ok && o.closure {
			return o, true // functions share no state by their type
		}
	}
	if !f.states.shared(f.Pass.TypesInfo.TypeOf(x)) {
		return origin{}, false
	}
	return f.place(x)
}

// place returns the confined variable that x is, or is a part of.
func (f *flow) place(x ast.Expr) (origin, bool) {
	x = ast.Unparen(x)
	if v, ok := f.variable(x); ok {
		if sel, isField := x.(*ast.SelectorExpr); isField && v.obj.IsField() && f.fresh.At(sel.X, x.Pos(), f.FuncAt(x.Pos(), f.decl)) {
			return origin{}, false
		}
		return origin{variable: v, from: x}, true
	}
	switch x := x.(type) {
	case *ast.Ident:
		o, ok := f.aliases[f.Pass.TypesInfo.Uses[x]]
		return o, ok
	case *ast.SelectorExpr:
		return f.part(x.X)
	case *ast.IndexExpr:
		return f.part(x.X)
	case *ast.StarExpr:
		return f.part(x.X)
	case *ast.TypeAssertExpr:
		return f.part(x.X)
	case *ast.SliceExpr, *ast.CallExpr, *ast.CompositeLit:
		return f.origin(x)
	}
	return origin{}, false
}

// part is the origin of a part of x.
func (f *flow) part(x ast.Expr) (origin, bool) {
	o, ok := f.place(x)
	return o, ok && !o.holds && !o.closure
}

// pointer is the origin of &x.
func (f *flow) pointer(x *ast.UnaryExpr) (origin, bool) {
	if lit, ok := ast.Unparen(x.X).(*ast.CompositeLit); ok {
		return f.literal(lit)
	}
	if f.guarded(x.X) {
		return origin{}, false
	}
	if id, ok := ast.Unparen(x.X).(*ast.Ident); ok {
		if _, confined := f.variable(id); !confined {
			return f.origin(id) // the address of a local copy
		}
	}
	o, ok := f.place(x.X)
	if sel, isField := ast.Unparen(x.X).(*ast.SelectorExpr); ok && isField && !o.holds {
		o.from, o.address = sel, true
	}
	o.address = true
	return o, ok && !o.holds && !o.closure
}

// guarded reports whether a pointer to x may go anywhere, because of its type.
func (f *flow) guarded(x ast.Expr) bool {
	t := f.Pass.TypesInfo.TypeOf(x)
	return t == nil || f.states.guarded(t)
}

func (f *flow) literal(lit *ast.CompositeLit) (origin, bool) {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		if o, ok := f.origin(e); ok {
			o.holds = true
			return o, true
		}
	}
	return origin{}, false
}

// call is the origin of the result of a conversion or of append. Other functions are
// taken to return something new.
func (f *flow) call(call *ast.CallExpr) (origin, bool) {
	if f.Pass.TypesInfo.Types[call.Fun].IsType() && len(call.Args) == 1 {
		if !f.states.shared(f.Pass.TypesInfo.TypeOf(call)) {
			return origin{}, false
		}
		return f.origin(call.Args[0])
	}
	if !f.isBuiltin(call, "append") {
		return origin{}, false
	}
	if o, ok := f.origin(call.Args[0]); ok {
		return o, true
	}
	if call.Ellipsis.IsValid() {
		return origin{}, false // the elements are copied
	}
	for _, arg := range call.Args[1:] {
		if o, ok := f.origin(arg); ok {
			o.holds = true
			return o, true
		}
	}
	return origin{}, false
}

// method is the origin of a method that is used as a value: its receiver goes along.
func (f *flow) method(x *ast.SelectorExpr, sel *types.Selection) (origin, bool) {
	fn, ok := sel.Obj().(*types.Func)
	if !ok || f.Bridge(fn) != nil || f.guarded(x.X) {
		return origin{}, false
	}
	recv := fn.Signature().Recv()
	if _, pointer := recv.Type().Underlying().(*types.Pointer); !pointer && !f.states.shared(recv.Type()) {
		return origin{}, false
	}
	o, ok := f.place(x.X)
	if ok && !f.states.shared(f.Pass.TypesInfo.TypeOf(x.X)) {
		if _, local := ast.Unparen(x.X).(*ast.Ident); local && !o.address {
			return origin{}, false // a local copy
		}
		if _, pointer := f.Pass.TypesInfo.TypeOf(x.X).Underlying().(*types.Pointer); pointer {
			return origin{}, false // it looks after itself
		}
	}
	o.closure = true
	return o, ok
}

// closure is the origin of a function literal that uses a confined variable, unless
// its place is certain: then its body is checked in that place.
func (f *flow) closure(lit *ast.FuncLit) (origin, bool) {
	if in := f.FuncAt(lit.Body.Pos(), f.decl); in == nil || !in.Inherits() {
		return origin{}, false
	}
	var found origin
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && found.obj == nil {
			if v, ok := f.variable(x); ok {
				found = origin{variable: v, from: x, closure: true}
			}
		}
		return found.obj == nil
	})
	return found, found.obj != nil
}
