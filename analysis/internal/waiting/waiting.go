// Package waiting recognizes the calls that block until a loop has run something.
package waiting

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// A Wait is a call that waits for a loop.
type Wait struct {
	Call *ast.CallExpr
	Loop isolation.Loop
	// Base is the expression whose field is the loop: a in
	// a.GetOnLoop(ctx). It is nil if that is unknown.
	Base    ast.Expr
	Context ast.Expr // nil if no argument is one
	Name    string
	Future  bool // it waits for a future, and gives up the role if the context allows
	Stream  bool // it waits where the result is ranged over
}

// At returns the wait of a call, if its loop is known.
func At(r *isolation.Result, call *ast.CallExpr) (Wait, bool) {
	w, ok := Any(r, call)
	return w, ok && w.Loop.Known()
}

// Any returns the wait of a call, whether its loop is known or not.
func Any(r *isolation.Result, call *ast.CallExpr) (Wait, bool) {
	fn := r.StaticCallee(call)
	if fn == nil || fn.Pkg() == nil {
		return Wait{}, false
	}
	w := Wait{Call: call, Name: isolation.Title(fn), Context: contextOf(r, call)}
	if b := r.Bridge(fn); b != nil {
		w.Loop, w.Base, w.Stream = b.Loop, base(call), b.Mode == isolation.Stream
		return w, b.Waits()
	}
	if fn.Pkg().Path() != isolation.RuntimePath {
		return Wait{}, false
	}
	switch {
	case fn.Name() == "Call" && fn.Signature().Recv() == nil && len(call.Args) == 3:
		w.Name, w.Loop, w.Base = "loop.Call", r.LoopOf(call.Args[1]), holder(call.Args[1])
	case isolation.Title(fn) == "Loop.Do" && len(call.Args) == 2:
		l := base(call)
		if l == nil {
			return Wait{}, false
		}
		w.Loop, w.Base = r.LoopOf(l), holder(l)
	case fn.Name() == "Await" && isolation.Title(fn) == "Future.Await":
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return Wait{}, false
		}
		w.Future = true
		w.Loop, w.Base = Promised(r, sel.X)
	default:
		return Wait{}, false
	}
	return w, true
}

// Promised returns the loop of the call whose future x is, if x is that call, and the
// struct that the loop is a field of.
func Promised(r *isolation.Result, x ast.Expr) (isolation.Loop, ast.Expr) {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return isolation.Loop{}, nil
	}
	fn := r.StaticCallee(call)
	if fn == nil || fn.Pkg() == nil {
		return isolation.Loop{}, nil
	}
	if b := r.Bridge(fn); b != nil && b.Mode == isolation.Async {
		return b.Loop, base(call)
	}
	if fn.Pkg().Path() == isolation.RuntimePath && fn.Name() == "Async" && fn.Signature().Recv() == nil && len(call.Args) == 3 {
		return r.LoopOf(call.Args[1]), holder(call.Args[1])
	}
	return isolation.Loop{}, nil
}

// base is the receiver of a method call.
func base(call *ast.CallExpr) ast.Expr {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

// holder is the struct that a field belongs to.
func holder(x ast.Expr) ast.Expr {
	if sel, ok := ast.Unparen(x).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

func contextOf(r *isolation.Result, call *ast.CallExpr) ast.Expr {
	for _, arg := range call.Args {
		if t := r.Pass.TypesInfo.TypeOf(arg); t != nil && isolation.IsContext(t) {
			return arg
		}
	}
	return nil
}

// Own reports whether the wait is certainly for the loop that the code around it runs
// on.
func (w Wait) Own(r *isolation.Result, in *isolation.Func) bool {
	mine := in.Place.Loop
	if mine.SameVariable(w.Loop) {
		return true
	}
	if w.Loop.Sharded || mine.Sharded || mine.To(w.Loop) != isolation.Same {
		return false
	}
	return !mine.Field || w.Base != nil && r.OwnReceiver(w.Base, in)
}

// Var returns the variable or the field that an expression names, or nil.
func Var(info *types.Info, x ast.Expr) *types.Var {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v, _ := info.Uses[x].(*types.Var)
		return v
	case *ast.SelectorExpr:
		v, _ := info.Uses[x.Sel].(*types.Var)
		return v
	case *ast.UnaryExpr:
		return Var(info, x.X)
	}
	return nil
}
