package isolation

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/internal/directive"
)

// readInPlace finds the handlers that are bridged in place, by their directives: what bridges them is in no
// file, unless the build has the overlay, and then they have other names here.
func (r *Result) readInPlace() {
	overTypes := map[string]*directive.Directive{}
	for _, f := range r.Pass.Files {
		for _, d := range f.Decls {
			if gen, ok := d.(*ast.GenDecl); ok && !r.generated[f] {
				for _, s := range gen.Specs {
					if spec, ok := s.(*ast.TypeSpec); ok {
						overTypes[spec.Name.Name] = inPlaceIn(spec.Doc, gen.Doc)
					}
				}
			}
		}
	}
	for _, f := range r.Pass.Files {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && !r.generated[f] {
				r.inPlace(decl, overTypes)
			}
		}
	}
}

// inPlace records one handler, unless generated code has recorded it already as the body of one.
func (r *Result) inPlace(decl *ast.FuncDecl, marks map[string]*directive.Directive) {
	fn, _ := r.Pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if fn == nil || r.handlers[fn] != nil {
		return
	}
	mark := inPlaceIn(decl.Doc)
	var owner *types.Named
	if recv := fn.Signature().Recv(); recv != nil {
		owner = NamedOf(recv.Type())
		if mark == nil && owner != nil && decl.Name.IsExported() && !skipped(decl.Doc) {
			mark = marks[owner.Obj().Name()]
		}
	}
	if mark == nil {
		return
	}
	if l, ok := r.loopFor(mark, owner); ok {
		r.handlers[fn] = &Handler{Func: fn, Loop: l, Modes: map[string]string{}, InPlace: true}
	}
}

func inPlaceIn(groups ...*ast.CommentGroup) *directive.Directive {
	return directiveIn(groups, func(d *directive.Directive) bool { return d.InPlace })
}

func skipped(g *ast.CommentGroup) bool {
	return directiveIn([]*ast.CommentGroup{g}, func(d *directive.Directive) bool { return d.Skip }) != nil
}
