package confined

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// escapes checks where the functions of a declaration that run on a loop let confined
// state go.
func (c *checker) escapes(decl *isolation.Func) {
	cur, ok := c.tree.Root().FindNode(decl.Node)
	if !ok {
		return
	}
	f := newFlow(c, decl, cur)
	for n := range cur.Preorder((*ast.ReturnStmt)(nil), (*ast.GoStmt)(nil), (*ast.SendStmt)(nil), (*ast.AssignStmt)(nil),
		(*ast.CallExpr)(nil), (*ast.Ident)(nil)) {
		if id, ok := n.Node().(*ast.Ident); ok {
			f.captures(id)
			continue
		}
		in := f.FuncAt(n.Node().Pos(), decl)
		switch n := n.Node().(type) {
		case *ast.ReturnStmt:
			f.returns(n, in)
		case *ast.GoStmt:
			f.started(n, in)
		case *ast.SendStmt:
			f.leaves(n.Value, in, "sends %s on a channel: send a copy", nil)
		case *ast.AssignStmt:
			f.assigns(n, in)
		case *ast.CallExpr:
			f.passes(n, in)
		}
	}
}

// leaves reports x if it shares confined state of the loop that the code runs on. The
// verb %s in the message is the state.
func (f *flow) leaves(x ast.Expr, in *isolation.Func, what string, fixes func(origin) []analysis.SuggestedFix) {
	o, ok := f.origin(x)
	if !ok || !onLoop(in, o.loop) {
		return
	}
	f.gone(x, o, what, fixes)
}

func onLoop(in *isolation.Func, l isolation.Loop) bool {
	return in.Place.Kind == isolation.OnLoop && in.Place.Loop.To(l) == isolation.Same
}

func (f *flow) gone(at analysis.Range, o origin, what string, fixes func(origin) []analysis.SuggestedFix) {
	it := "it"
	switch {
	case o.closure:
		it = "a function that uses it"
	case o.address:
		it = "its address"
	}
	found := report.Finding{At: at}
	found.Message = o.title + " is confined to " + o.loop.Label + ", and this " + strings.Replace(what, "%s", it, 1)
	if o.from.Pos() < at.Pos() || o.from.Pos() >= at.End() {
		found.Related = append(found.Related, report.Related(o.from, "%s comes from here", o.title))
	}
	if fixes != nil {
		found.Fixes = fixes(o)
	}
	f.report.Report(found)
}

// returns checks the results of functions that others wait for outside of the loop.
func (f *flow) returns(ret *ast.ReturnStmt, in *isolation.Func) {
	to := f.waiting(in)
	if to == "" {
		return
	}
	what := "returns %s to " + to + ": return a copy"
	for _, x := range ret.Results {
		if o, ok := f.origin(x); ok && o.closure && isSequence(f.Pass.TypesInfo.TypeOf(x)) && len(ret.Results) == 1 {
			continue // a stream: the loop runs it
		}
		f.leaves(x, in, what, func(o origin) []analysis.SuggestedFix { return f.clone(x, o) })
	}
	if len(ret.Results) > 0 || in.Type.Results == nil {
		return
	}
	for _, field := range in.Type.Results.List {
		for _, name := range field.Names {
			if o, ok := f.aliases[f.Pass.TypesInfo.Defs[name]]; ok && onLoop(in, o.loop) {
				f.gone(ret, o, what, nil)
			}
		}
	}
}

// waiting returns the recipient of a function's results, for messages, or "".
func (f *flow) waiting(in *isolation.Func) string {
	if in.Obj == nil {
		if in.Place.Kind == isolation.OnLoop && !in.Spawned && strings.HasPrefix(in.Place.Why, "given to ") {
			return "the caller of " + strings.TrimPrefix(in.Place.Why, "given to ")
		}
		return ""
	}
	h := f.Handler(in.Obj)
	if h == nil {
		return ""
	}
	for _, m := range []isolation.Mode{isolation.Wait, isolation.Async} {
		if name := h.Modes[string(m)]; name != "" {
			return "the caller of " + name
		}
	}
	return ""
}

// isSequence reports whether t is an iterator.
func isSequence(t types.Type) bool {
	sig, ok := t.Underlying().(*types.Signature)
	if !ok || sig.Params().Len() != 1 || sig.Results().Len() != 0 {
		return false
	}
	yield, ok := sig.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Results().Len() == 1
}

// started checks the operands that a go statement evaluates on the loop: the arguments and the
// receiver. A literal is checked by its captured variables.
func (f *flow) started(stmt *ast.GoStmt, in *isolation.Func) {
	const what = "takes %s to another goroutine: give it a copy"
	for _, arg := range stmt.Call.Args {
		f.leaves(arg, in, what, nil)
	}
	if fun := ast.Unparen(stmt.Call.Fun); !isLiteral(fun) {
		f.leaves(fun, in, what, nil)
	}
}

func isLiteral(x ast.Expr) bool {
	_, ok := x.(*ast.FuncLit)
	return ok
}

// assigns checks the values of assignments to places outside of the loop.
func (f *flow) assigns(s *ast.AssignStmt, in *isolation.Func) {
	if len(s.Lhs) != len(s.Rhs) || s.Tok == token.DEFINE {
		return
	}
	for i, left := range s.Lhs {
		o, ok := f.origin(s.Rhs[i])
		if !ok || !onLoop(in, o.loop) {
			continue
		}
		if to := f.open(left, o, in); to != "" {
			f.gone(s.Rhs[i], o, "stores %s in "+to+": store a copy", nil)
		}
	}
}

// open names the place where something is stored if others can certainly get at it: a
// package variable, a field of the receiver that is not confined, a value that a caller of the
// bridge has passed. Anything else may be on the loop as well.
func (f *flow) open(left ast.Expr, o origin, in *isolation.Func) string {
	if _, confined := f.place(left); confined {
		return ""
	}
	id := rootIdent(left)
	if sel, ok := ast.Unparen(left).(*ast.SelectorExpr); ok && f.Pass.TypesInfo.Selections[sel] == nil {
		id = sel.Sel // a variable of another package
	}
	v, ok := f.Pass.TypesInfo.Uses[id].(*types.Var)
	if !ok {
		return ""
	}
	label := types.ExprString(left)
	_, plain := ast.Unparen(left).(*ast.Ident)
	switch {
	case v.Pkg() != nil && v.Parent() == v.Pkg().Scope():
		return label + ", which is not confined to it"
	case v == f.Receiver(f.decl):
		if st := structOf(v.Type()); st != nil && hasField(st, o.obj) && !plain {
			return label + ", which is not confined to it"
		}
	case !plain && in == f.decl && in.Obj != nil && f.Handler(in.Obj) != nil && f.isParam(v) && !f.mayBePart(v.Type(), o):
		return label + ", which the caller has passed"
	}
	return ""
}

func hasField(st *types.Struct, v *types.Var) bool {
	for i := range st.NumFields() {
		if st.Field(i).Origin() == v.Origin() {
			return true
		}
	}
	return false
}

// mayBePart reports whether a value of type t may be a part of the confined state: an
// element of a linked list, for example.
func (f *flow) mayBePart(t types.Type, o origin) bool {
	if !f.states.shared(t) {
		return true // a copy, or something that looks after itself
	}
	return reaches(o.obj.Type(), isolation.NamedOf(t), map[types.Type]bool{})
}

// reaches reports whether values of type t lead to values of type to.
func reaches(t types.Type, to *types.Named, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	if seen[t] || to == nil {
		return false
	}
	seen[t] = true
	if named, ok := t.(*types.Named); ok && named.Origin() == to.Origin() {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return reaches(u.Elem(), to, seen)
	case *types.Slice:
		return reaches(u.Elem(), to, seen)
	case *types.Array:
		return reaches(u.Elem(), to, seen)
	case *types.Map:
		return reaches(u.Key(), to, seen) || reaches(u.Elem(), to, seen)
	case *types.Interface:
		return types.Implements(types.NewPointer(to), u)
	case *types.Struct:
		for i := range u.NumFields() {
			if reaches(u.Field(i).Type(), to, seen) {
				return true
			}
		}
	}
	return false
}

// passes checks the arguments of calls that take them to another loop.
func (f *flow) passes(call *ast.CallExpr, in *isolation.Func) {
	fn := f.StaticCallee(call)
	if fn == nil {
		return
	}
	b := f.Bridge(fn)
	if b == nil {
		return
	}
	for _, arg := range call.Args {
		o, ok := f.origin(arg)
		if !ok || o.closure || !onLoop(in, o.loop) {
			continue
		}
		if b.Loop.To(o.loop) == isolation.Different {
			f.gone(arg, o, "passes %s to "+fn.Name()+", which runs on "+b.Loop.Label+": pass a copy", nil)
		} else if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && o.loop.Own && b.Loop.To(o.loop) == isolation.Same && f.OtherInstance(sel.X, in) {
			f.gone(arg, o, "passes %s to "+fn.Name()+" of another instance: pass a copy", nil)
		}
	}
}

// captures checks the local variables around a function that does not run where they
// were filled.
func (f *flow) captures(id *ast.Ident) {
	obj := f.Pass.TypesInfo.Uses[id]
	o, ok := f.aliases[obj]
	if !ok {
		return
	}
	in := f.FuncAt(id.Pos(), f.decl)
	if f.told[told{in.Node, obj}] {
		return
	}
	home := f.FuncAt(obj.Pos(), f.decl)
	if home == in || !onLoop(home, o.loop) {
		return
	}
	if off, _ := f.callees.off(in, o.loop); !off {
		return
	}
	f.told[told{in.Node, obj}] = true
	f.gone(id, o, "uses %s "+f.Where(in)+": take a copy before", nil)
}
