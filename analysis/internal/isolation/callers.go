package isolation

import (
	"go/ast"
	"go/token"
)

// Callers returns the calls of a declared function in its own package, other than
// those in tests.
func (f *Func) Callers() []*Call { return f.callers }

// Inherits reports whether a literal is taken to run where the code around it does,
// for want of anything that says otherwise.
func (f *Func) Inherits() bool { return f.Outer != nil && !f.fixed }

// Fixed reports whether it is certain where a function runs, whoever calls it.
func (f *Func) Fixed() bool { return f.fixed }

// ArgumentPlaces says where the functions among the arguments of a call run, by
// index, as far as that is not where the call is made.
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
