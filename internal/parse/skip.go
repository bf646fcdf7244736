package parse

import (
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
)

// skipMark is a method that fronts leave out.
type skipMark struct {
	directive *directive.Directive
	node      ast.Node // *ast.FuncDecl, or *ast.Field of an interface
	used      bool
}

// interfaceMethodAt returns the interface method whose doc comment holds pos.
func (f *file) interfaceMethodAt(pos token.Pos) *ast.Field {
	var found *ast.Field
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if i, ok := n.(*ast.InterfaceType); ok {
			for _, field := range i.Methods.List {
				if within(field.Doc, pos) {
					found = field
				}
			}
		}
		return found == nil
	})
	return found
}

// skipped reports whether fronts leave a method out.
func (f *file) skipped(node ast.Node) bool {
	for _, s := range f.skips {
		if s.node == node {
			s.used = true
			return true
		}
	}
	return false
}

// uselessSkips reports skips that no front of the package has come across.
func (u *unit) uselessSkips() {
	for _, f := range u.files {
		for _, s := range f.skips {
			if !s.used {
				f.errorf(s.directive, diag.UselessSkip, "remove it",
					"//asyncgen:skip stands over something that no front of this package would bridge")
			}
		}
	}
}
