package parse

import (
	"go/ast"
	"go/token"
)

// confinable reports whether pos is in a comment above or behind something that can
// belong to a loop: a field, a package-level variable or a struct.
func (f *file) confinable(pos token.Pos) bool {
	for _, d := range f.ast.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || pos < d.Pos() && !within(d.Doc, pos) {
			continue
		}
		if d.Tok == token.VAR && within(d.Doc, pos) {
			return true
		}
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				if d.Tok == token.VAR && (within(s.Doc, pos) || within(s.Comment, pos)) {
					return true
				}
			case *ast.TypeSpec:
				if f.confinableIn(d, s, pos) {
					return true
				}
			}
		}
	}
	return false
}

func (f *file) confinableIn(d *ast.GenDecl, s *ast.TypeSpec, pos token.Pos) bool {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return false
	}
	if within(s.Doc, pos) || len(d.Specs) == 1 && within(d.Doc, pos) {
		return true
	}
	for _, field := range st.Fields.List {
		if within(field.Doc, pos) || within(field.Comment, pos) {
			return true
		}
	}
	return false
}
