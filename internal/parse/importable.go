package parse

import (
	"go/ast"
	"path"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// importable reports whether the front's package may import every package that
// the signature of m mentions. The signature comes from another package, which
// may be nearer to an internal package than the front's is.
func (t *frontTarget) importable(m method, h *model.Handler) bool {
	for _, x := range signature(h) {
		for _, ref := range x.Refs {
			foreign := ref.Kind == model.ImportRef || ref.Kind == model.DotRef
			if !foreign || ref.Path == "unsafe" {
				continue
			}
			if reason := t.file.tree.hides(m.file.tree, ref.Path); reason != "" {
				t.errorf(t.directive, diag.FrontMethod, t.foreignHint(m),
					"the signature of %s, which %s has from %s, mentions a type of %s, %s",
					m.name.Name, t.spec.Name.Name, m.file.tree.in.Path, ref.Path, reason)
				return false
			}
		}
	}
	return true
}

// unnameable describes the part of a method's signature that the front's package
// cannot name.
func (m method) unnameable() string {
	found := "a type that this package cannot name"
	ast.Inspect(m.typ, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if ok {
			ast.Inspect(field.Type, m.note(&found)) // names of parameters are no types
		}
		return !ok
	})
	return found
}

// note returns a function that notes unexported types of the method's package.
func (m method) note(found *string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !id.IsExported() && m.file.unit.scope.Declares(id.Name) {
			*found = "the type " + id.Name + ", which that package does not export"
		}
		_, selector := n.(*ast.SelectorExpr)
		return !selector
	}
}

// foreignHint returns the ways out for a method of another package that a front
// cannot have.
func (t *frontTarget) foreignHint(m method) string {
	name := t.spec.Name.Name
	if _, ok := ast.Unparen(t.spec.Type).(*ast.InterfaceType); ok {
		return "put //asyncgen:skip over the embedded interface, or list the methods of " + name
	}
	return "put //asyncgen:skip over the embedded field, or declare a method " + m.name.Name + " on " + name
}

// hides returns the reason why the tree's package may not import a package that from imports,
// or "".
func (t *Tree) hides(from *Tree, imported string) string {
	if parent, ok := internalParent(imported); ok {
		within := t.in.Path == parent || strings.HasPrefix(t.in.Path, parent+"/")
		if parent == "" {
			within = t.standard(t.in.Path)
		}
		if !within {
			return "an internal package that this package may not import"
		}
	}
	if from != t && t.standard(from.in.Path) && !t.standard(imported) {
		return "of which the standard library has a copy of its own"
	}
	return ""
}

// internalParent returns the path below which an internal package may be
// imported. It reports whether the package is internal at all. For the standard
// library's own internal packages the parent is empty.
func internalParent(imported string) (string, bool) {
	for dir := imported; dir != "." && dir != "/"; dir = path.Dir(dir) {
		if path.Base(dir) == "internal" {
			return strings.TrimSuffix(strings.TrimSuffix(dir, "internal"), "/"), true
		}
	}
	return "", false
}

// signature returns the types of a handler's parameters and results.
func signature(h *model.Handler) []*model.Expr {
	var list []*model.Expr
	for _, p := range h.Params {
		list = append(list, p.Type)
	}
	for _, r := range h.Results {
		list = append(list, r.Type)
		if r.Element != nil {
			list = append(list, r.Element)
		}
	}
	return list
}
