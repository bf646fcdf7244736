// Package bypass finds handlers that are called directly by code that does not run on
// their loop: the bridge would have got them there.
package bypass

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/fresh"
	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports calls that go past a bridge.
var Analyzer = &analysis.Analyzer{
	Name: "bypass",
	Doc: `report handlers that are called from code that does not run on their loop

A function with an asyncgen directive may rely on running on its loop, one call at a
time. The generated bridge takes a call there; a direct call does not, unless it is made
by code that runs on that loop already: another handler, or a helper that only handlers
call.`,
	URL:        report.Bypass.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        run,
	ResultType: report.UsedType,
}

// checker is one run.
type checker struct {
	*isolation.Result
	report *report.Reporter
	fresh  *fresh.Variables
}

func run(pass *analysis.Pass) (any, error) {
	c := &checker{
		Result: pass.ResultOf[isolation.Analyzer].(*isolation.Result),
		report: report.New(pass, report.Bypass),
	}
	c.fresh = fresh.In(c.Result)
	tree := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	for cur := range tree.Root().Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if fn := c.StaticCallee(call); fn != nil && !c.Generated(call.Pos()) {
			c.call(call, fn, c.Enclosing(cur), cur)
		}
	}
	for _, u := range c.Values() {
		c.value(u)
	}
	return c.report.Used, nil
}

// call checks one call in a function, which is nil for initializers.
func (c *checker) call(call *ast.CallExpr, fn *types.Func, in *isolation.Func, cur inspector.Cursor) {
	h := c.Handler(fn)
	if h != nil && h.InPlace {
		return
	}
	l, ok := c.Helper(fn)
	if h != nil {
		l, ok = h.Loop, true
	}
	if !ok || c.onLoop(call, l, in, cur) || c.excused(call, l, in) {
		return
	}
	where := c.where(l, in)
	if h == nil {
		c.report.Reportf(call.Fun, "%s has to run on %s, and this call is made %s", isolation.Title(fn), l.Label, where)
		return
	}
	f := report.Finding{At: call.Fun}
	f.Message = isolation.Title(fn) + " is a handler of " + l.Label + ", and this call is made " + where
	if name := h.Modes[string(isolation.Wait)]; name != "" && (!h.Test || c.InTest(call.Pos())) {
		f.Message += ": call " + name
		f.Fixes = c.fix(call, fn, name, in)
	}
	c.report.Report(f)
}

// where returns the place of a call, for messages. The loop of another instance has the same name.
func (c *checker) where(l isolation.Loop, in *isolation.Func) string {
	where := c.Where(in)
	if in != nil && in.Place.Kind == isolation.OnLoop && in.Place.Loop.To(l) == isolation.Same {
		where += " of another instance"
	}
	return where
}

// onLoop reports whether a call is made, or may be made, on the loop.
func (c *checker) onLoop(call *ast.CallExpr, l isolation.Loop, in *isolation.Func, cur inspector.Cursor) bool {
	if in == nil || cur.Parent().Node() != nil && isGo(cur) {
		return false
	}
	if in.Place.Kind != isolation.OnLoop {
		return false
	}
	switch in.Place.Loop.To(l) {
	case isolation.Different:
		return false
	case isolation.Same:
		return !l.Own || c.sameInstance(call, in)
	}
	return true
}

func isGo(cur inspector.Cursor) bool {
	_, ok := cur.Parent().Node().(*ast.GoStmt)
	return ok
}

// sameInstance reports whether a method is called on the receiver of the code around
// it, as far as two plain variables show: another instance has another loop.
func (c *checker) sameInstance(call *ast.CallExpr, in *isolation.Func) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return true
	}
	return !c.OtherInstance(sel.X, in)
}

// excused reports whether nothing else can touch the state yet: the receiver has just
// been made, or a test calls the handler without ever using its loop.
func (c *checker) excused(call *ast.CallExpr, l isolation.Loop, in *isolation.Func) bool {
	if in == nil {
		return false
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && c.fresh.At(sel.X, call.Pos(), in) {
		return true
	}
	return c.InTest(call.Pos()) && !c.uses(in.Decl(), l)
}

// uses reports whether a function calls a bridge of the loop.
func (c *checker) uses(f *isolation.Func, l isolation.Loop) bool {
	found := false
	ast.Inspect(f.Node, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !found {
			if fn := c.StaticCallee(call); fn != nil {
				b := c.Bridge(fn)
				found = b != nil && b.Loop.To(l) != isolation.Different
			}
		}
		return !found
	})
	return found
}

// value reports a handler that is used as a value by code that does not run on the
// loop: its recipient calls it on another goroutine.
func (c *checker) value(u isolation.ValueUse) {
	h := c.Handler(u.Func)
	if h == nil || h.InPlace || u.In != nil && u.In.Place.Kind == isolation.OnLoop || c.Generated(u.Ident.Pos()) || c.InTest(u.Ident.Pos()) {
		return
	}
	f := report.Finding{At: u.Ident}
	f.Message = isolation.Title(u.Func) + " is a handler of " + h.Loop.Label + ", and whoever gets this value may call it anywhere"
	if name := h.Modes[string(isolation.Wait)]; name != "" && !h.Test {
		f.Message += ": pass " + name
		if b := c.sibling(u.Func, name); b != nil && sameShape(b.Signature(), u.Func.Signature()) {
			f.Fixes = []analysis.SuggestedFix{report.Fix("pass "+name, u.Ident, name)}
		}
	}
	c.report.Report(f)
}

// fix replaces the handler by its bridge where the call has the same arguments and
// the same results, and adds a context where there is one at hand.
func (c *checker) fix(call *ast.CallExpr, fn *types.Func, name string, in *isolation.Func) []analysis.SuggestedFix {
	id := ident(call.Fun)
	b := c.sibling(fn, name)
	if b == nil || id == nil || in == nil {
		return nil
	}
	have, want := fn.Signature(), b.Signature()
	rename := analysis.TextEdit{Pos: id.Pos(), End: id.End(), NewText: []byte(name)}
	if sameShape(have, want) {
		return []analysis.SuggestedFix{{Message: "call " + name, TextEdits: []analysis.TextEdit{rename}}}
	}
	ctx := c.ContextAt(call.Pos(), in)
	if ctx == "" || !sameResults(have, want) || want.Params().Len() != have.Params().Len()+1 {
		return nil
	}
	if len(call.Args) > 0 {
		ctx += ", "
	}
	add := analysis.TextEdit{Pos: call.Lparen + 1, End: call.Lparen + 1, NewText: []byte(ctx)}
	return []analysis.SuggestedFix{{Message: "call " + name, TextEdits: []analysis.TextEdit{rename, add}}}
}

// sibling returns the bridge of a handler by its name.
func (c *checker) sibling(fn *types.Func, name string) *types.Func {
	if recv := fn.Signature().Recv(); recv != nil {
		obj, _, _ := types.LookupFieldOrMethod(recv.Type(), true, fn.Pkg(), name)
		b, _ := obj.(*types.Func)
		return b
	}
	b, _ := fn.Pkg().Scope().Lookup(name).(*types.Func)
	return b
}

func sameShape(a, b *types.Signature) bool {
	return types.Identical(a.Params(), b.Params()) && sameResults(a, b) && a.Variadic() == b.Variadic()
}

func sameResults(a, b *types.Signature) bool { return types.Identical(a.Results(), b.Results()) }

func ident(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	}
	return nil
}
