package isolation

import (
	"go/ast"
	"go/token"
)

// Callers returns the calls of a declared function in its own package, other than
// those in tests.
func (f *Func) Callers() []*Call { return f.callers }

// Inherits reports whether a literal has the place of the code around it by default,
// without evidence of another place.
func (f *Func) Inherits() bool { return f.Outer != nil && !f.fixed }

// Fixed reports whether a function has a certain place, independent of its callers.
func (f *Func) Fixed() bool { return f.fixed }

// Literal returns the record of a function literal of the package.
func (r *Result) Literal(lit *ast.FuncLit) *Func { return r.byNode[lit] }

// ArgumentPlaces returns the places of the functions among the arguments of a call, by
// index. An argument that runs at the place of the call is left out.
func (r *Result) ArgumentPlaces(call *ast.CallExpr) map[int]Place { return r.argumentPlaces(call) }

// FuncAt returns the innermost function at pos, which has to be in decl.
func (r *Result) FuncAt(pos token.Pos, decl *Func) *Func {
	for _, f := range decl.inner {
		if f.Node.Pos() <= pos && pos < f.Node.End() {
			return r.FuncAt(pos, f)
		}
	}
	return decl
}

// LoopOf returns the loop of an expression of type *loop.Loop.
func (r *Result) LoopOf(x ast.Expr) Loop { return r.loopOf(x) }
