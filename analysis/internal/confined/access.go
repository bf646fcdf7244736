package confined

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

type lineKey struct {
	obj  *types.Var
	file string
	line int
}

// mode is the use of a variable: reading, writing or passing its address on.
type mode string

const (
	nothing mode = ""
	reads   mode = "read"
	writes  mode = "written"
	address mode = "addressed"
)

// access checks one use of a confined variable in a function.
func (c *checker) access(cur inspector.Cursor, x ast.Expr, v variable, in *isolation.Func) {
	how := c.mode(cur)
	if how == nothing || c.excused(x, v, in) {
		return
	}
	off, cause := c.callees.off(in, v.loop)
	if off {
		c.accessed(x, v, in, how, cause)
		return
	}
	sel, ok := x.(*ast.SelectorExpr)
	if !ok || !v.loop.Own || in.Place.Kind != isolation.OnLoop || in.Place.Loop.To(v.loop) != isolation.Same {
		return
	}
	if c.OtherInstance(sel.X, in) {
		c.accessed(x, v, in, how, nil)
	}
}

// accessed reports a use off the loop, once for each line.
func (c *checker) accessed(x ast.Expr, v variable, in *isolation.Func, how mode, cause ast.Node) {
	at := c.Pass.Fset.PositionFor(x.Pos(), false)
	key := lineKey{v.obj, at.Filename, at.Line}
	if c.lines[key] {
		return
	}
	c.lines[key] = true
	f := report.Finding{At: x, Message: v.title + " is confined to " + v.loop.Label + ", and " + c.message(v, in, how)}
	if cause != nil {
		f.Related = append(f.Related, report.Related(cause, "this call is not made on %s", v.loop.Label))
	}
	c.report.Report(f)
}

// message describes the use of a variable, its place, and the remedy.
func (c *checker) message(v variable, in *isolation.Func, how mode) string {
	verb, what := string(how), string(how)
	switch how {
	case reads:
		verb, what = "reads", "it is read "
	case writes:
		verb, what = "writes", "it is written "
	case address:
		verb, what = "takes the address of", "its address is taken "
	}
	where := c.Where(in)
	if in.Place.Kind == isolation.OnLoop && in.Place.Loop.To(v.loop) == isolation.Same {
		return what + where + " of another instance: call a bridge of that instance"
	}
	for in.Inherits() {
		in = in.Outer
	}
	start, isGo := in.Place.Cause.(*ast.GoStmt)
	switch {
	case in.Place.Kind == isolation.Awaiting:
		return what + where + ": do that before or after"
	case isGo && in.Outer != nil && start.Pos() <= in.Node.Pos() && in.Outer.Place.Kind == isolation.OnLoop:
		return "it is captured by a go statement, which " + verb + " it on another goroutine: do that in a handler, or give the goroutine a copy"
	}
	return what + where + ": do that in a handler"
}

// excused reports whether the variable cannot be shared yet, or the access is in the goroutine of
// a test, which may look at it after a bridge has returned.
func (c *checker) excused(x ast.Expr, v variable, in *isolation.Func) bool {
	if c.InTest(x.Pos()) && in.Place.Kind == isolation.Outside {
		return true
	}
	if c.Ended(in, x.Pos(), v.loop) || isInit(in) {
		return true
	}
	sel, ok := x.(*ast.SelectorExpr)
	return ok && v.obj.IsField() && c.fresh.At(sel.X, x.Pos(), in)
}

// mode returns the use of the variable at a cursor.
func (c *checker) mode(cur inspector.Cursor) mode {
	for {
		x, parent := cur.Node(), cur.Parent()
		switch p := parent.Node().(type) {
		case *ast.ParenExpr, *ast.StarExpr:
		case *ast.SelectorExpr:
			if p.X != x {
				break // the name of a qualified identifier
			}
			if sel := c.Pass.TypesInfo.Selections[p]; sel == nil || sel.Kind() != types.FieldVal {
				return c.receiver(sel, x.(ast.Expr))
			}
		case *ast.IndexExpr:
			if p.X != x {
				return reads
			}
		default:
			return c.statement(p, x)
		}
		cur = parent
	}
}

// receiver returns the mode of the receiver of a method call. A bridge switches to the loop by
// itself; it takes only the address.
func (c *checker) receiver(sel *types.Selection, x ast.Expr) mode {
	if sel == nil {
		return reads
	}
	fn, ok := sel.Obj().(*types.Func)
	if _, isStruct := c.Pass.TypesInfo.TypeOf(x).Underlying().(*types.Struct); ok && isStruct && c.Bridge(fn) != nil {
		return nothing
	}
	return reads
}

func (c *checker) statement(parent, x ast.Node) mode {
	switch p := parent.(type) {
	case *ast.AssignStmt:
		for _, left := range p.Lhs {
			if left == x {
				return writes
			}
		}
	case *ast.IncDecStmt:
		return writes
	case *ast.RangeStmt:
		if p.Key == x || p.Value == x {
			return writes
		}
	case *ast.UnaryExpr:
		if p.Op == token.AND {
			return address
		}
	case *ast.CallExpr:
		if c.Pass.TypesInfo.Types[p].Value != nil {
			return nothing // a constant: the length of an array, a size
		}
		if len(p.Args) > 0 && p.Args[0] == x && c.isBuiltin(p, "delete", "clear", "copy") {
			return writes
		}
	}
	return reads
}

func (c *checker) isBuiltin(call *ast.CallExpr, names ...string) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := c.Pass.TypesInfo.Uses[id].(*types.Builtin)
	for _, name := range names {
		if ok && b.Name() == name {
			return true
		}
	}
	return false
}
