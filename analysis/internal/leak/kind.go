package leak

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// request returns the name of a part of a request that a type is, or "".
func request(t types.Type) string {
	if _, ok := types.Unalias(t).(*types.Pointer); ok && isolation.IsNamed(t, "net/http", "Request") {
		return "the *http.Request"
	}
	if types.IsInterface(t) && isolation.IsNamed(t, "net/http", "ResponseWriter") {
		return "the http.ResponseWriter"
	}
	return ""
}

// reference reports whether a value of the type leads to memory that others see.
func reference(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return true
	}
	return false
}

func (c *checker) isContext(x ast.Expr) bool {
	t := c.Pass.TypesInfo.TypeOf(x)
	return t != nil && isolation.IsContext(t)
}

// ownContext is the context parameter of a literal, if it has a name.
func ownContext(info *types.Info, typ *ast.FuncType) *types.Var {
	for _, field := range typ.Params.List {
		for _, name := range field.Names {
			if v, ok := info.Defs[name].(*types.Var); ok && name.Name != "_" && isolation.IsContext(v.Type()) {
				return v
			}
		}
	}
	return nil
}

// visible reports whether the name of v refers to v at the place of id.
func (c *checker) visible(v *types.Var, id *ast.Ident) bool {
	scope := c.Pass.Pkg.Scope().Innermost(id.Pos())
	if scope == nil {
		return false
	}
	_, found := scope.LookupParent(v.Name(), id.Pos())
	return found == v
}
