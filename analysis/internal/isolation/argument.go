package isolation

import (
	"go/ast"
	"go/types"
)

const spawned = "given to the loop, and nobody waits"

// argumentPlaces returns the places of the functions among the arguments of a call, by index. An
// argument that runs at the place of the call is left out.
func (r *Result) argumentPlaces(call *ast.CallExpr) map[int]Place {
	fn := staticCallee(r.Pass.TypesInfo, call)
	if fn == nil {
		return nil
	}
	if fn.Pkg() != nil && fn.Pkg().Path() == RuntimePath {
		return r.runtimePlaces(fn, call)
	}
	if i, ok := elsewhere[fullName(fn)]; ok {
		return map[int]Place{i: {Kind: Goroutine, Why: fn.Pkg().Name() + "." + title(fn), Cause: call}}
	}
	places := map[int]Place{}
	for i, l := range r.taken(fn) {
		if !l.Known() {
			places[i] = anywhere()
			continue
		}
		l.held = nil
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && l.Field {
			l.held = r.Steady(sel.X)
		}
		places[i] = Place{Kind: OnLoop, Loop: l, Why: title(fn) + " runs it there"}
	}
	return places
}

// runtimePlaces knows the functions of package loop that take functions.
func (r *Result) runtimePlaces(fn *types.Func, call *ast.CallExpr) map[int]Place {
	last := len(call.Args) - 1
	switch {
	case isRuntime(fn, "Call", "Async") && last == 2:
		return map[int]Place{last: {Kind: OnLoop, Loop: r.loopOf(call.Args[1]), Why: "given to loop." + fn.Name()}}
	case isRuntime(fn, "Await", "AwaitValue") && last == 1:
		return map[int]Place{last: {Kind: Awaiting, Why: "given to loop." + fn.Name()}}
	case isLoopMethod(fn, "Do") && last == 1:
		return map[int]Place{last: {Kind: OnLoop, Loop: r.ReceiverLoop(call), Why: "given to Loop.Do"}}
	case isLoopMethod(fn, "Spawn", "AfterFunc", "Every") && last == 1:
		return map[int]Place{last: {Kind: OnLoop, Loop: r.ReceiverLoop(call), Why: spawned}}
	}
	return nil
}

// ReceiverLoop returns the loop whose method a call calls. It is not known for a method expression.
func (r *Result) ReceiverLoop(call *ast.CallExpr) Loop {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return r.loopOf(sel.X)
	}
	return Loop{}
}

// elsewhere lists functions that call their argument on another goroutine.
var elsewhere = map[string]int{
	"time.AfterFunc": 1, "context.AfterFunc": 1, "(*sync.WaitGroup).Go": 0,
	"(*golang.org/x/sync/errgroup.Group).Go": 0, "(*golang.org/x/sync/errgroup.Group).TryGo": 0,
	"net/http.HandleFunc": 1, "(*net/http.ServeMux).HandleFunc": 1,
	"(*github.com/sourcegraph/conc.WaitGroup).Go": 0,
}

func fullName(fn *types.Func) string { return fn.FullName() }

// taken returns the parameters that a function calls on a loop.
func (r *Result) taken(fn *types.Func) map[int]Loop {
	if fn.Pkg() == r.Pass.Pkg {
		return r.takers[fn]
	}
	var fact takerFact
	if r.Pass.ImportObjectFact(fn, &fact) {
		return mapOf(fact.Params)
	}
	return nil
}

// findTakers finds the functions of the package that hand a parameter on to a loop
// or call it there, so that their arguments run on that loop.
func (r *Result) findTakers() {
	// The second round covers functions that hand a parameter on to a function further down.
	for range 2 {
		r.findTakersOnce()
	}
}

func (r *Result) findTakersOnce() {
	for _, file := range r.Pass.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Body == nil || r.generated[file] {
				continue
			}
			if fn, ok := r.Pass.TypesInfo.Defs[decl.Name].(*types.Func); ok {
				r.findTaken(fn, decl)
			}
		}
	}
}

func (r *Result) findTaken(fn *types.Func, decl *ast.FuncDecl) {
	params := map[types.Object]int{}
	sig := fn.Signature()
	for i := range sig.Params().Len() {
		p := sig.Params().At(i)
		if _, ok := p.Type().Underlying().(*types.Signature); ok {
			params[p] = i
		}
	}
	if len(params) == 0 {
		return
	}
	taken := map[int]Loop{}
	use := func(x ast.Expr, l Loop) {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok {
			if i, ok := params[r.Pass.TypesInfo.Uses[id]]; ok {
				taken[i] = l
			}
		}
	}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for i, p := range r.argumentPlaces(call) {
			if p.Kind != OnLoop || i >= len(call.Args) {
				continue
			}
			use(call.Args[i], p.Loop)
			if lit, ok := ast.Unparen(call.Args[i]).(*ast.FuncLit); ok {
				ast.Inspect(lit.Body, func(n ast.Node) bool {
					if inner, ok := n.(*ast.CallExpr); ok {
						use(inner.Fun, p.Loop)
					}
					return true
				})
			}
		}
		return true
	})
	if h := r.handlers[fn]; h != nil {
		ast.Inspect(decl.Body, func(n ast.Node) bool {
			if inner, ok := n.(*ast.CallExpr); ok {
				use(inner.Fun, h.Loop)
			}
			return true
		})
	}
	if !standard(r.Pass.Pkg) {
		r.keeps(decl.Body, params, taken)
	}
	if len(taken) > 0 {
		r.takers[fn] = taken
	}
}
