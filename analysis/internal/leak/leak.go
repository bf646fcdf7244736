// Package leak finds values that must not go into spawned work: requests, which end when their
// handlers return, and the state of other loops.
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
	stored map[*isolation.Func]map[*types.Var][]ast.Expr
}

func run(pass *analysis.Pass) (any, error) {
	c := &checker{
		Result: pass.ResultOf[isolation.Analyzer].(*isolation.Result),
		report: report.New(pass, report.Leak),
		stored: map[*isolation.Func]map[*types.Var][]ast.Expr{},
	}
	tree := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	for cur := range tree.Root().Preorder((*ast.CallExpr)(nil), (*ast.GoStmt)(nil)) {
		if c.Generated(cur.Node().Pos()) {
			continue
		}
		switch n := cur.Node().(type) {
		case *ast.CallExpr:
			if fn := c.StaticCallee(n); fn != nil && c.Mode(fn) == isolation.Spawn {
				c.arguments(n, fn, c.Enclosing(cur))
			}
			c.goroutines(n, n.Args, c.Enclosing(cur))
		case *ast.GoStmt:
			c.goroutines(n, []ast.Expr{n.Call.Fun}, c.Enclosing(cur))
			c.handed(n, c.Enclosing(cur))
		}
	}
	for _, f := range c.Funcs {
		if lit, ok := f.Node.(*ast.FuncLit); ok && f.Spawned {
			c.captured(f, lit)
		}
	}
	return c.report.Used, nil
}

// arguments checks the arguments of a spawn except the context of the call: the runtime removes
// the cancellation from that.
func (c *checker) arguments(call *ast.CallExpr, fn *types.Func, in *isolation.Func) {
	first := true
	for _, arg := range call.Args {
		if first && c.isContext(arg) {
			first = false
			continue
		}
		if _, lit := ast.Unparen(arg).(*ast.FuncLit); !lit {
			c.argument(call, arg, fn, in)
		}
	}
}

func (c *checker) argument(call *ast.CallExpr, arg ast.Expr, fn *types.Func, in *isolation.Func) {
	x := ast.Unparen(arg)
	if u, ok := x.(*ast.UnaryExpr); ok {
		x = ast.Unparen(u.X)
	}
	if lit, ok := x.(*ast.CompositeLit); ok {
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			c.argument(call, e, fn, in)
		}
		return
	}
	name := c.CallName(call)
	switch t := c.Pass.TypesInfo.TypeOf(arg); {
	case t == nil:
	case request(t) != "":
		c.report.Reportf(arg, "%s goes into the work of %s, which goes on when the request is over: pass what it needs of it", request(t), name)
	case c.isContext(arg):
		if end := c.ends(arg, in); end != "" {
			c.report.Reportf(arg, "a context that ends with %s goes into the work of %s: use the context that the work gets", end, name)
		}
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
	return c.ReceiverLoop(call)
}
