package parse

import (
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
)

// skipMark is a method, or an embedded type, that fronts leave out.
type skipMark struct {
	directive *directive.Directive
	node      ast.Node // *ast.FuncDecl, or *ast.Field of an interface or a struct
	used      bool
}

// skippableAt returns the interface method, the embedded interface or the
// embedded field whose doc comment holds pos.
func (f *file) skippableAt(pos token.Pos) *ast.Field {
	var found *ast.Field
	look := func(list *ast.FieldList, named bool) {
		for _, field := range list.List {
			if within(field.Doc, pos) && (named || len(field.Names) == 0) {
				found = field
			}
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.InterfaceType:
			look(n.Methods, true)
		case *ast.StructType:
			look(n.Fields, false)
		}
		return found == nil
	})
	return found
}

// skipped reports whether fronts leave out a method, or the methods of a field.
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
					"//asyncgen:skip has no effect: no front of this package would bridge this")
			}
		}
	}
}
