package confined

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// whereabouts finds the functions that certainly run off a loop. Package isolation finds those
// that certainly run on one. For functions that are passed as values or called through an
// interface, neither is certain.
type whereabouts struct {
	*checker
	known      map[question]answer
	values     map[*types.Func][]*ast.Ident
	interfaces map[string][]*types.Interface // by the names of their methods; nil until used
}

type question struct {
	f    *isolation.Func
	loop string
}

type answer struct {
	off   bool
	cause ast.Node
}

func newWhereabouts(c *checker) *whereabouts {
	w := &whereabouts{checker: c, known: map[question]answer{}, values: map[*types.Func][]*ast.Ident{}}
	for _, u := range c.Values() {
		if !c.InTest(u.Ident.Pos()) {
			w.values[u.Func] = append(w.values[u.Func], u.Ident)
		}
	}
	return w
}

// off reports whether a function certainly runs off the loop, at least sometimes, and returns a
// call that causes it, if there is one.
func (w *whereabouts) off(f *isolation.Func, l isolation.Loop) (bool, ast.Node) {
	q := question{f, l.Key}
	if a, ok := w.known[q]; ok {
		return a.off, a.cause
	}
	w.known[q] = answer{} // functions that call each other say nothing
	var a answer
	switch {
	case f.Inherits():
		if !w.wanders(f.Node) {
			a.off, a.cause = w.off(f.Outer, l)
		}
	case f.Place.Kind == isolation.OnLoop:
		a.off = f.Place.Loop.To(l) == isolation.Different
	case f.Fixed() && (f.Outer != nil || f.Obj != nil):
		a.off = true
	case f.Obj != nil:
		a.off, a.cause = w.declared(f, l)
	}
	w.known[q] = a
	return a.off, a.cause
}

// declared is the answer for a function that depends on its callers.
func (w *whereabouts) declared(f *isolation.Func, l isolation.Loop) (bool, ast.Node) {
	for _, call := range f.Callers() {
		if w.calledOff(call, l) {
			return true, call.Expr
		}
	}
	doubt := len(f.Callers()) > 0
	for _, id := range w.values[f.Obj] {
		if cur, ok := w.tree.Root().FindNode(id); ok && w.argument(cur) == certain {
			return true, id
		}
		doubt = true
	}
	return !doubt && !w.implements(f.Obj), nil
}

// calledOff reports whether a call is certainly made off the loop, and while others
// may be on it: a value that was just made, and the initialization of the package,
// are not shared.
func (w *whereabouts) calledOff(call *isolation.Call, l isolation.Loop) bool {
	if call.Place != nil {
		return call.Place.Kind != isolation.OnLoop || call.Place.Loop.To(l) == isolation.Different
	}
	if call.In == nil || isInit(call.In) {
		return false
	}
	if call.Expr != nil {
		if sel, ok := ast.Unparen(call.Expr.Fun).(*ast.SelectorExpr); ok && w.fresh.At(sel.X, call.Expr.Pos(), call.In) {
			return false
		}
		for _, arg := range call.Expr.Args {
			if w.fresh.At(arg, arg.Pos(), call.In) {
				return false
			}
		}
	}
	off, _ := w.off(call.In, l)
	return off
}

// isInit reports whether f initializes its package.
func isInit(f *isolation.Func) bool {
	return f.Obj != nil && f.Obj.Name() == "init" && f.Obj.Signature().Recv() == nil
}

// wanders reports whether a function literal goes to a place with unknown callers.
func (w *whereabouts) wanders(lit ast.Node) bool {
	cur, ok := w.tree.Root().FindNode(lit)
	if !ok {
		return true
	}
	for isParen(cur.Parent()) {
		cur = cur.Parent()
	}
	if call, ok := cur.Parent().Node().(*ast.CallExpr); ok && call.Fun == cur.Node() {
		return false
	}
	return w.argument(cur) == unclear
}

func isParen(cur inspector.Cursor) bool {
	_, ok := cur.Node().(*ast.ParenExpr)
	return ok
}

// fate is what becomes of a function that is used as a value.
type fate int

const (
	unclear fate = iota
	inPlace      // it is called where it is used, or by somebody who knows no loop
	certain      // it runs on another goroutine
)

// argument returns the fate of a function at a cursor, which may be the argument of a call.
func (w *whereabouts) argument(cur inspector.Cursor) fate {
	x := cur.Node()
	for {
		parent := cur.Parent()
		if sel, ok := parent.Node().(*ast.SelectorExpr); !isParen(parent) && (!ok || sel.Sel != x) {
			break
		}
		cur, x = parent, parent.Node()
	}
	call, ok := cur.Parent().Node().(*ast.CallExpr)
	if !ok || call.Fun == x {
		return unclear
	}
	places := w.ArgumentPlaces(call)
	for i, arg := range call.Args {
		if p, ok := places[i]; ok && arg == x && p.Kind != isolation.OnLoop {
			return certain
		}
	}
	if fn := w.StaticCallee(call); fn != nil && isStandard(fn) && !returnsFunc(fn) {
		return inPlace
	}
	return unclear
}

// isStandard reports whether a function is of the standard library, which calls what
// it gets at once or from a goroutine of its own, but never on a loop.
func isStandard(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return false
	}
	first, _, _ := strings.Cut(fn.Pkg().Path(), "/")
	return !strings.Contains(first, ".") && fn.Pkg().Path() != "command-line-arguments" && standard[first]
}

// standard are the packages that take functions; a module may have any name.
var standard = map[string]bool{
	"bytes": true, "expvar": true, "io": true, "maps": true, "net": true, "path": true, "slices": true,
	"sort": true, "strings": true,
}

func returnsFunc(fn *types.Func) bool {
	results := fn.Signature().Results()
	for i := range results.Len() {
		if _, ok := results.At(i).Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}

// implements reports whether a method is one of an interface that its package knows:
// then calls may not show.
func (w *whereabouts) implements(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil {
		return false
	}
	if w.interfaces == nil {
		w.findInterfaces()
	}
	for _, i := range w.interfaces[fn.Name()] {
		t := recv.Type()
		if named := isolation.NamedOf(t); named != nil {
			t = types.NewPointer(named)
		}
		if types.Implements(t, i) && !isHTTPHandler(fn) {
			return true
		}
	}
	return false
}

// isHTTPHandler reports whether a method is one that a server calls on a goroutine
// for each request.
func isHTTPHandler(fn *types.Func) bool { return fn.Name() == "ServeHTTP" }

func (w *whereabouts) findInterfaces() {
	w.interfaces = map[string][]*types.Interface{}
	add := func(pkg *types.Package) {
		for _, name := range pkg.Scope().Names() {
			t, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || pkg != w.Pass.Pkg && !t.Exported() {
				continue
			}
			if i, ok := t.Type().Underlying().(*types.Interface); ok {
				for n := range i.NumMethods() {
					w.interfaces[i.Method(n).Name()] = append(w.interfaces[i.Method(n).Name()], i)
				}
			}
		}
	}
	add(w.Pass.Pkg)
	for _, p := range w.Pass.Pkg.Imports() {
		add(p)
	}
	errorType := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	w.interfaces["Error"] = append(w.interfaces["Error"], errorType)
}
