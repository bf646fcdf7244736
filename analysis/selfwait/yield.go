package selfwait

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// yields reports whether a handler may give up its loop between two places, so that the
// loop can run what is waited for at the second.
func (c *checker) yields(in *isolation.Func, from, to token.Pos) bool {
	to = repeated(in, from, to)
	found := false
	ast.Inspect(in.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f := c.Literal(n)
			return !found && f != nil && f.Inherits()
		case *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			found = found || from <= n.Pos() && n.End() <= to && c.mayYield(n, in)
		}
		return !found
	})
	return found
}

// repeated is where code ends that runs between two places: the end of a loop that has
// only the second one in it.
func repeated(in *isolation.Func, from, to token.Pos) token.Pos {
	end := to
	ast.Inspect(in.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if from <= n.Pos() && n.Pos() <= to && to < n.End() {
				end = max(end, n.End())
			}
		}
		return true
	})
	return end
}

// mayYield reports whether a call may give up the loop of the handler that makes it,
// which takes the handler's context.
func (c *checker) mayYield(call *ast.CallExpr, in *isolation.Func) bool {
	given := false
	for _, arg := range call.Args {
		t := c.Pass.TypesInfo.TypeOf(arg)
		given = given || t != nil && isolation.IsContext(t) && !c.fresh(arg, in, 0)
	}
	fn := c.StaticCallee(call)
	if !given || fn == nil || fn.Pkg() == nil {
		return given
	}
	switch c.Mode(fn) {
	case isolation.Async, isolation.Spawn:
		return false
	case isolation.Wait, isolation.Stream:
		// On the own loop it runs in place, and may do so there.
		w, ok := c.waitAt(call, in)
		return !ok || w.Loop.To(in.Place.Loop) != isolation.Different
	}
	return !c.stranger(fn.Pkg())
}

// stranger reports whether a package belongs to the standard library or to the modules
// beside it, which have nothing to do with loops.
func (c *checker) stranger(pkg *types.Package) bool {
	first, _, _ := strings.Cut(pkg.Path(), "/")
	if m := c.Pass.Module; pkg == c.Pass.Pkg || m != nil && (pkg.Path() == m.Path || strings.HasPrefix(pkg.Path(), m.Path+"/")) {
		return false
	}
	return !strings.Contains(first, ".") || strings.HasPrefix(pkg.Path(), "golang.org/x/")
}
