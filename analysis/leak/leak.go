// Package leak finds what goes into spawned work and must not: a request, which is over
// when its handler returns, and what belongs to another loop.
package leak

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// Analyzer reports requests, their contexts and confined values in spawned work.
var Analyzer = &analysis.Analyzer{
	Name: "leak",
	Doc: `report requests, their contexts and confined values that go into spawned work

Spawned work goes on after its submitter has returned. An *http.Request and its
http.ResponseWriter must not be used any more then, a context that ends with the request
would cut the work short, and what belongs to another loop must not be touched.`,
	URL:        report.Leak.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        run,
	ResultType: report.UsedType,
}

// checker is one run.
type checker struct {
	*isolation.Result
	report *report.Reporter
}

func run(pass *analysis.Pass) (any, error) {
	c := &checker{pass.ResultOf[isolation.Analyzer].(*isolation.Result), report.New(pass, report.Leak)}
	tree := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	for cur := range tree.Root().Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if fn := c.StaticCallee(call); fn != nil && c.Mode(fn) == isolation.Spawn && !c.Generated(call.Pos()) {
			c.arguments(call, fn)
		}
	}
	for _, f := range c.Funcs {
		switch lit, ok := f.Node.(*ast.FuncLit); {
		case ok && f.Spawned:
			c.captured(f, lit, "spawned work")
		case ok && f.Place.Kind == isolation.Goroutine && f.Outer != nil && f.Outer.Place.Kind == isolation.OnLoop:
			c.requests(f, lit, "a goroutine")
		}
	}
	return c.report.Used, nil
}

// arguments looks at what a spawn is given besides the context of the call, from which
// the runtime takes the cancellation.
func (c *checker) arguments(call *ast.CallExpr, fn *types.Func) {
	first := true
	for _, arg := range call.Args {
		if first && c.isContext(arg) {
			first = false
			continue
		}
		if _, lit := ast.Unparen(arg).(*ast.FuncLit); !lit {
			c.argument(call, arg, fn)
		}
	}
}

func (c *checker) argument(call *ast.CallExpr, arg ast.Expr, fn *types.Func) {
	x := ast.Unparen(arg)
	if u, ok := x.(*ast.UnaryExpr); ok {
		x = ast.Unparen(u.X)
	}
	if lit, ok := x.(*ast.CompositeLit); ok {
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			c.argument(call, e, fn)
		}
		return
	}
	name := c.CallName(call)
	switch t := c.Pass.TypesInfo.TypeOf(arg); {
	case t == nil:
	case request(t) != "":
		c.report.Reportf(arg, "%s goes into the work of %s, which goes on when the request is over: pass what it needs of it", request(t), name)
	case c.isContext(arg) && c.endsWithRequest(arg):
		c.report.Reportf(arg, "a context that ends with its request goes into the work of %s: use the context that the work gets", name)
	case types.IsInterface(t) || reference(t):
		c.confined(arg, name, c.loopOf(call, fn))
	}
}

// confined reports what belongs to a loop and goes into work on another one.
func (c *checker) confined(arg ast.Expr, name string, to isolation.Loop) {
	v := c.variable(arg)
	if v == nil {
		return
	}
	if l, ok := c.Confined(v); ok && l.To(to) == isolation.Different {
		c.report.Reportf(arg, "%s belongs to %s and goes into the work of %s, which runs on %s", types.ExprString(arg), l.Label, name, to.Label)
	}
}

func (c *checker) variable(x ast.Expr) *types.Var {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v, _ := c.Pass.TypesInfo.Uses[x].(*types.Var)
		return v
	case *ast.SelectorExpr:
		v, _ := c.Pass.TypesInfo.Uses[x.Sel].(*types.Var)
		return v
	case *ast.UnaryExpr:
		return c.variable(x.X)
	case *ast.SliceExpr:
		return c.variable(x.X)
	}
	return nil
}

// loopOf is the loop that a spawned call runs on.
func (c *checker) loopOf(call *ast.CallExpr, fn *types.Func) isolation.Loop {
	if b := c.Bridge(fn); b != nil {
		return b.Loop
	}
	return c.LoopOf(call.Args[1])
}

// captured looks at the variables of the code around that a spawned literal uses.
func (c *checker) captured(f *isolation.Func, lit *ast.FuncLit, where string) {
	c.requests(f, lit, where)
	own := ownContext(c.Pass.TypesInfo, f.Type)
	c.eachCapture(lit, func(id *ast.Ident, v *types.Var) {
		switch {
		case isolation.IsContext(v.Type()) && c.parameterAround(f, v):
			message := "%s ends with the caller and is used in spawned work, which goes on: use the context that the work gets"
			finding := report.Finding{At: id, Message: sprintf(message, id.Name)}
			if own != nil && own.Name() != v.Name() && c.visible(own, id) {
				finding.Fixes = []analysis.SuggestedFix{report.Fix("use "+own.Name(), id, own.Name())}
			}
			c.report.Report(finding)
		case reference(v.Type()):
			if l, ok := c.Confined(v); ok && l.To(f.Place.Loop) == isolation.Different {
				c.report.Reportf(id, "%s belongs to %s and is used in spawned work on %s", id.Name, l.Label, f.Place.Loop.Label)
			}
		}
	})
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && isRequestContext(c.StaticCallee(call)) && c.capturedRoot(lit, call.Fun) {
			c.report.Reportf(call, "a context that ends with its request is used in spawned work, which goes on: use the context that the work gets")
		}
		return true
	})
}

// requests looks for requests and their writers among the captured variables.
func (c *checker) requests(_ *isolation.Func, lit *ast.FuncLit, where string) {
	said := map[*types.Var]bool{}
	c.eachCapture(lit, func(id *ast.Ident, v *types.Var) {
		if what := request(v.Type()); what != "" && !said[v] {
			said[v] = true
			c.report.Reportf(id, "%s is used in %s, which may go on when the request is over: take what it needs before", what, where)
		}
	})
}

// eachCapture calls visit for the variables of functions around that a literal uses.
func (c *checker) eachCapture(lit *ast.FuncLit, visit func(*ast.Ident, *types.Var)) {
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := c.Pass.TypesInfo.Uses[id].(*types.Var)
		if ok && !v.IsField() && v.Pkg() == c.Pass.Pkg && (v.Pos() < lit.Pos() || lit.End() <= v.Pos()) {
			visit(id, v)
		}
		return true
	})
}

// capturedRoot reports whether a method is called on a variable of the code around.
func (c *checker) capturedRoot(lit *ast.FuncLit, fun ast.Expr) bool {
	sel, ok := ast.Unparen(fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return false
	}
	v := c.Pass.TypesInfo.Uses[id]
	return v != nil && (v.Pos() < lit.Pos() || lit.End() <= v.Pos())
}
