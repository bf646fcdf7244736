package selfwait

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// yields reports whether a handler may give up its loop between two places, so that the
// loop can run the task that the second place waits for.
func (c *checker) yields(in *isolation.Func, from, to token.Pos) bool {
	to = repeated(in, from, to)
	found, seen := false, map[*types.Func]bool{}
	ast.Inspect(in.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f := c.Literal(n)
			return !found && f != nil && f.Inherits()
		case *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			found = found || from <= n.Pos() && n.End() <= to && c.mayYield(n, in, in.Place.Loop, seen)
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

// mayYield reports whether a call in the function in may give up the loop home of the
// handler that makes it: with the handler's context, or by a call of the loop, which runs in
// place with any context and gives the handler there a context of its own.
func (c *checker) mayYield(call *ast.CallExpr, in *isolation.Func, home isolation.Loop, seen map[*types.Func]bool) bool {
	fn := c.StaticCallee(call)
	known := fn != nil && fn.Pkg() != nil
	if known {
		switch c.Mode(fn) {
		case isolation.Async, isolation.Spawn:
			return false
		case isolation.Wait, isolation.Stream:
			w, ok := c.waitAt(call, in)
			return !ok || w.Loop.To(home) != isolation.Different
		}
	}
	for _, arg := range call.Args {
		t := c.Pass.TypesInfo.TypeOf(arg)
		if t != nil && isolation.IsContext(t) && !c.fresh(arg, in, 0) {
			return !known || !c.stranger(fn.Pkg())
		}
	}
	return c.callsBack(fn, home, seen)
}

// callsBack reports whether a function of the package makes a call that may give up the
// loop. seen has the functions that have been looked at.
func (c *checker) callsBack(fn *types.Func, home isolation.Loop, seen map[*types.Func]bool) bool {
	if fn == nil || fn.Pkg() != c.Pass.Pkg || seen[fn] {
		return false
	}
	seen[fn] = true
	found := false
	for _, f := range c.Funcs {
		if f.Obj != fn {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				return false
			case *ast.CallExpr:
				found = found || c.mayYield(n, f, home, seen)
			}
			return !found
		})
	}
	return found
}

// stranger reports whether a package belongs to the standard library or to the modules
// of the Go project, which do not use loops.
func (c *checker) stranger(pkg *types.Package) bool {
	first, _, _ := strings.Cut(pkg.Path(), "/")
	if m := c.Pass.Module; pkg == c.Pass.Pkg || m != nil && (pkg.Path() == m.Path || strings.HasPrefix(pkg.Path(), m.Path+"/")) {
		return false
	}
	return !strings.Contains(first, ".") || strings.HasPrefix(pkg.Path(), "golang.org/x/")
}
