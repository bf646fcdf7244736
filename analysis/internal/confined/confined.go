// Package confined finds variables that belong to a loop and are used elsewhere, or
// that code on the loop gives away.
package confined

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

// Analyzer reports what happens to confined variables off their loop.
var Analyzer = &analysis.Analyzer{
	Name: "confined",
	Doc: `report confined variables that are used off their loop or leave it

A field or a package variable that is marked //asyncgen:confined belongs to a loop. Only
code that runs there may read or write it, and what can be reached through it must not
get out: in the results of a handler, into another goroutine, through a channel, into a
variable that does not belong to the loop. A copy may go anywhere.`,
	URL:        report.Confined.URL(),
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        run,
	ResultType: report.UsedType,
}

// checker is one run.
type checker struct {
	*isolation.Result
	report  *report.Reporter
	fresh   *fresh.Variables
	tree    *inspector.Inspector
	states  *states
	callees *whereabouts
	lines   map[lineKey]bool // findings so far: one for each variable and line
}

// variable is a confined variable, as messages name it.
type variable struct {
	obj   *types.Var
	loop  isolation.Loop
	title string
}

func run(pass *analysis.Pass) (any, error) {
	c := &checker{
		Result: pass.ResultOf[isolation.Analyzer].(*isolation.Result),
		report: report.New(pass, report.Confined),
		tree:   pass.ResultOf[inspect.Analyzer].(*inspector.Inspector),
		lines:  map[lineKey]bool{},
	}
	c.fresh = fresh.In(c.Result)
	c.states = newStates(c.Result)
	c.callees = newWhereabouts(c)
	var decls []*isolation.Func
	seen := map[*isolation.Func]bool{}
	for cur := range c.tree.Root().Preorder((*ast.SelectorExpr)(nil), (*ast.Ident)(nil)) {
		x := cur.Node().(ast.Expr)
		v, ok := c.variable(x)
		if !ok || c.Generated(x.Pos()) {
			continue
		}
		in := c.Enclosing(cur)
		if in == nil {
			continue // the initializer of a variable: nothing runs yet
		}
		c.access(cur, x, v, in)
		if decl := in.Decl(); !seen[decl] {
			seen[decl] = true
			decls = append(decls, decl)
		}
	}
	for _, decl := range decls {
		c.escapes(decl)
	}
	return c.report.Used, nil
}

// variable returns the confined variable that an identifier names, or the first one
// that a selector goes through: a field may be promoted.
func (c *checker) variable(x ast.Expr) (variable, bool) {
	switch x := x.(type) {
	case *ast.Ident:
		v, ok := c.Pass.TypesInfo.Uses[x].(*types.Var)
		if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
			return variable{}, false
		}
		title := v.Name()
		if v.Pkg() != c.Pass.Pkg {
			title = v.Pkg().Name() + "." + title
		}
		l, ok := c.Confined(v)
		return variable{v, l, title}, ok
	case *ast.SelectorExpr:
		if sel := c.Pass.TypesInfo.Selections[x]; sel != nil {
			return c.field(sel)
		}
	}
	return variable{}, false
}

func (c *checker) field(sel *types.Selection) (variable, bool) {
	path := sel.Index()
	if sel.Kind() != types.FieldVal {
		path = path[:len(path)-1] // the last one is the method
	}
	t := sel.Recv()
	for _, i := range path {
		st := structOf(t)
		if st == nil {
			return variable{}, false
		}
		f := st.Field(i)
		if l, ok := c.Confined(f); ok {
			return variable{f, l, qualified(t, f)}, true
		}
		t = f.Type()
	}
	return variable{}, false
}

func qualified(t types.Type, f *types.Var) string {
	if named := isolation.NamedOf(t); named != nil {
		return named.Obj().Name() + "." + f.Name()
	}
	return f.Name()
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// rootIdent is the variable at the beginning of a chain.
func rootIdent(x ast.Expr) *ast.Ident {
	for {
		switch y := ast.Unparen(x).(type) {
		case *ast.Ident:
			return y
		case *ast.SelectorExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		default:
			return nil
		}
	}
}
