package blocking

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// at is a place.
type at struct{ pos, end token.Pos }

func (a at) Pos() token.Pos { return a.pos }
func (a at) End() token.Pos { return a.end }

// channel returns the name of a channel operation that may block forever, or "".
func (c *checker) channel(cur inspector.Cursor, in *isolation.Func) string {
	switch n := cur.Node().(type) {
	case *ast.UnaryExpr:
		if n.Op == token.ARROW && !inSelect(cur) && !c.bounded(n.X) {
			return "receiving from " + types.ExprString(n.X)
		}
	case *ast.SendStmt:
		if !inSelect(cur) && !c.roomy(n.Chan, in) {
			return "sending to " + types.ExprString(n.Chan)
		}
	case *ast.RangeStmt:
		if t := c.Pass.TypesInfo.TypeOf(n.X); t != nil && isolation.IsChan(t) {
			return "ranging over " + types.ExprString(n.X)
		}
	case *ast.SelectStmt:
		if !c.canGoOn(n) {
			return "this select, which has neither a default nor a context,"
		}
	}
	return ""
}

// inSelect reports whether an operation is one of a select statement, which is
// looked at as a whole.
func inSelect(cur inspector.Cursor) bool {
	for up := cur; up.Valid(); up = up.Parent() {
		switch k := up.ParentEdgeKind(); {
		case k == edge.CommClause_Comm:
			return true
		case up.Node() != cur.Node() && isStatement(up.Node()) && k != edge.CommClause_Comm:
			return false
		}
	}
	return false
}

func isStatement(n ast.Node) bool {
	_, ok := n.(ast.Stmt)
	return ok
}

// canGoOn reports whether a select has a default, waits for a context, or for time to
// pass.
func (c *checker) canGoOn(s *ast.SelectStmt) bool {
	for _, clause := range s.Body.List {
		comm := clause.(*ast.CommClause).Comm
		if comm == nil {
			return true
		}
		found := false
		ast.Inspect(comm, func(n ast.Node) bool {
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.ARROW && c.bounded(u.X) {
				found = true
			}
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// bounded reports whether a channel delivers for certain: that of a context that ends or, in a
// select, of a timer.
func (c *checker) bounded(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		fn := c.StaticCallee(x)
		if fn == nil {
			return false
		}
		if fn.Name() == "Done" {
			sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
			if !ok {
				return false
			}
			t := c.Pass.TypesInfo.TypeOf(sel.X)
			return t != nil && isolation.IsContext(t)
		}
		return fn.FullName() == "time.After"
	case *ast.SelectorExpr: // the channel of a timer
		v, ok := c.Pass.TypesInfo.Uses[x.Sel].(*types.Var)
		return ok && v.Pkg() != nil && v.Pkg().Path() == "time" && v.Name() == "C"
	case *ast.Ident: // done := ctx.Done()
		return c.holdsDone(x)
	}
	return false
}

// holdsDone reports whether a variable of a channel without elements is likely the
// Done of a context: it is of the type that only Done has.
func (c *checker) holdsDone(id *ast.Ident) bool {
	t := c.Pass.TypesInfo.TypeOf(id)
	if t == nil {
		return false
	}
	ch, ok := t.Underlying().(*types.Chan)
	if !ok || ch.Dir() != types.RecvOnly {
		return false
	}
	st, ok := ch.Elem().Underlying().(*types.Struct)
	return ok && st.NumFields() == 0
}

// roomy reports whether a channel has been made in the same function with room: the
// variable itself, or the field of a struct that a variable was made of.
func (c *checker) roomy(x ast.Expr, in *isolation.Func) bool {
	v, field := c.Pass.TypesInfo.Uses[ident(x)], types.Object(nil)
	if sel, ok := ast.Unparen(x).(*ast.SelectorExpr); ok {
		v, field = c.Pass.TypesInfo.Uses[ident(sel.X)], c.Pass.TypesInfo.Uses[sel.Sel]
	}
	found := false
	ast.Inspect(in.Decl().Node, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != len(assign.Rhs) {
			return !found
		}
		for i, left := range assign.Lhs {
			if l := ident(left); l != nil && v != nil && c.Pass.TypesInfo.Defs[l] == v {
				found = found || c.roomIn(assign.Rhs[i], field)
			}
		}
		return !found
	})
	return found
}

// roomIn reports whether a value is a channel with room, or a struct whose field is.
func (c *checker) roomIn(x ast.Expr, field types.Object) bool {
	if field == nil {
		return c.makesRoom(x)
	}
	x = ast.Unparen(x)
	if u, ok := x.(*ast.UnaryExpr); ok {
		x = ast.Unparen(u.X)
	}
	lit, ok := x.(*ast.CompositeLit)
	if !ok {
		return false
	}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if ok && c.Pass.TypesInfo.Uses[ident(kv.Key)] == field && c.makesRoom(kv.Value) {
			return true
		}
	}
	return false
}

// ident is the expression as an identifier, or nil.
func ident(x ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(x).(*ast.Ident)
	return id
}

func (c *checker) makesRoom(x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return false
	}
	if id, ok := call.Fun.(*ast.Ident); !ok || id.Name != "make" {
		return false
	}
	size := c.Pass.TypesInfo.Types[call.Args[1]].Value
	if size == nil {
		return true // as much as there is to send, most likely
	}
	n, exact := constant.Int64Val(size)
	return exact && n > 0
}
