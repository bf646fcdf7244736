package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// twice reports the second declaration of something. Which of the two counts is
// unknown, so nothing can be generated for it.
func (t *Tree) twice(what string, f *file, name *ast.Ident, g *file, other *ast.Ident) {
	pos, first := f.pos(name.Pos()), g.pos(other.Pos())
	if diag.ComparePositions(pos, first) < 0 {
		f, name, pos, first = g, other, first, pos
	}
	t.report(diag.Diagnostic{
		Pos: pos, End: f.pos(name.End()), Code: diag.BadDeclaration,
		Message: what + " is declared twice",
		Hint:    "remove one of the declarations, or rename it",
		Related: []diag.Related{{Pos: first, Message: "the first one"}},
	})
}

// declaredTwice reports handlers, and types in their signatures, that the package
// declares twice.
func (t *target) declaredTwice(h *model.Handler) bool {
	f := t.file
	list, what := f.unit.funcs[h.Name], "the function "+h.Name
	if h.Recv != nil {
		list, what = f.unit.methods[h.Recv.Type], "the method "+h.Recv.Type+"."+h.Name
	}
	for _, other := range list {
		if other.decl != t.decl && other.decl.Name.Name == h.Name && model.Together(f.constraint, other.file.constraint) {
			f.tree.twice(what, f, t.decl.Name, other.file, other.decl.Name)
			return true
		}
	}
	twice := false
	for _, x := range append(signature(h), receiverType(h)...) {
		for _, ref := range x.Refs {
			if ref.Kind == model.ScopeRef && f.typeTwice(ref.Name) {
				twice = true
			}
		}
	}
	return twice
}

// receiverType returns the name of the receiver's type as an expression.
func receiverType(h *model.Handler) []*model.Expr {
	if h.Recv == nil {
		return nil
	}
	return []*model.Expr{model.NewIdent(h.Recv.Type, model.ScopeRef)}
}

// typeTwice reports a type that has two declarations in a build with f.
func (f *file) typeTwice(name string) bool {
	var first *typeDecl
	for _, d := range f.unit.types[name] {
		if !model.Together(f.constraint, d.file.constraint) || d.file.test && !f.test {
			continue
		}
		if first != nil && model.Together(f.constraint, d.file.constraint, first.file.constraint) {
			f.tree.twice("the type "+name, d.file, d.spec.Name, first.file, first.spec.Name)
			return true
		}
		first = d
	}
	return false
}
