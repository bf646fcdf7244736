package isolation

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
)

// OnLoop returns the function around a node if it certainly runs on a known loop. A
// stored function literal may be called anywhere, so a literal counts only if the runtime
// calls it there, or if the code calls it immediately.
func (r *Result) OnLoop(c inspector.Cursor) (*Func, bool) {
	in, ok := r.OnAnyLoop(c)
	return in, ok && in.Place.Loop.Known()
}

// OnAnyLoop is [Result.OnLoop] for loops that are not known as well: one that a local
// variable holds is the same wherever that variable is meant.
func (r *Result) OnAnyLoop(c inspector.Cursor) (*Func, bool) {
	in := r.Enclosing(c)
	if in == nil || in.Place.Kind != OnLoop || r.Generated(in.Node.Pos()) || r.InTest(in.Node.Pos()) {
		return nil, false
	}
	for cur := range c.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		f := r.byNode[cur.Node()]
		if f == nil || f.fixed || f.Obj != nil {
			break
		}
		call, ok := cur.Parent().Node().(*ast.CallExpr)
		if !ok || ast.Unparen(call.Fun) != f.Node {
			return nil, false
		}
	}
	return in, true
}

// OwnReceiver reports whether x is the variable through which the code around it has
// got to its loop: the receiver of a handler, or s in loop.Call(ctx, s.loop, …) for the
// function there. Another instance may have another loop. The code of a
// helper does not show which instance's loop it runs on.
func (r *Result) OwnReceiver(x ast.Expr, in *Func) bool {
	v := r.Steady(x)
	if v == nil {
		return false
	}
	f := in
	for f.Obj == nil && !f.fixed && f.Outer != nil {
		f = f.Outer
	}
	if f.Obj == nil {
		return f.Place.Loop.held == v
	}
	return r.Receiver(in) == v && r.handlers[f.Obj] != nil && NamedOf(v.Type()) != nil
}

// Key identifies a field or a package variable across packages; it is empty for
// others.
func Key(v *types.Var) string {
	v = v.Origin()
	switch {
	case v.Pkg() == nil:
		return ""
	case v.IsField():
		return fieldKey(v)
	case v.Parent() == v.Pkg().Scope():
		return v.Pkg().Path() + "." + v.Name()
	}
	return ""
}

// Who returns the name of a function for messages.
func (r *Result) Who(in *Func) string {
	for f := in; f != nil; f = f.Outer {
		if f.Obj != nil {
			return title(f.Obj)
		}
		if f.fixed {
			break
		}
	}
	return "this function"
}
