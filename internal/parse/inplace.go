package parse

import (
	"go/ast"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// spread attaches directives in place over types to the types' exported methods, and with them
// the others over the same types: these have no front.
func (u *unit) spread() {
	for _, f := range u.files {
		for _, t := range f.fronts {
			if !t.directive.InPlace {
				continue
			}
			t.spread()
			for _, other := range f.fronts {
				if other.spec == t.spec && other.local() {
					other.spreads = true
					other.besideInPlace()
				}
			}
		}
	}
}

// besideInPlace attaches directives to the methods of a type that is bridged in place.
func (t *frontTarget) besideInPlace() {
	for _, d := range t.all {
		switch {
		case d.Mode == model.ModeBridge:
			t.errorf(d, diag.InPlaceMisuse, "remove one of them", "%s is bridged in place, and cannot have a front too", t.spec.Name.Name)
		case d.Name != nil:
			t.errorf(d.Name, diag.InPlaceMisuse, "remove it, or put directives over the methods",
				"%s is bridged in place, so there is no front with a name", t.spec.Name.Name)
		default:
			t.directive = d
			t.spread()
		}
	}
}

// spread attaches the directive to the methods, except those with one of the kind of their own.
func (t *frontTarget) spread() {
	name := t.spec.Name.Name
	if !t.argumentsFit() {
		return
	}
	if t.spec.Assign.IsValid() {
		t.errorf(t.directive, diag.InPlaceMisuse, "put it over the type's own declaration", "%s is another name of a type", name)
		return
	}
	if _, ok := t.spec.Type.(*ast.InterfaceType); ok {
		t.errorf(t.directive, diag.InPlaceMisuse, "put it over the types that implement it, or have a front without inplace",
			"the methods of %s have no bodies: it is an interface", name)
		return
	}
	found := false
	for _, m := range t.file.unit.methods[name] {
		if m.file.tree != t.file.tree || !ast.IsExported(m.decl.Name.Name) {
			continue
		}
		found = true
		if !m.file.skipped(m.decl) {
			m.file.spreadTo(m.decl, t.directive)
		}
	}
	if !found {
		t.errorf(t.directive, diag.EmptyFront, "export a method, or remove the directive", "%s has no exported methods to bridge", name)
	}
}

func (f *file) spreadTo(decl *ast.FuncDecl, d *directive.Directive) {
	for _, t := range f.targets {
		if t.decl != decl {
			continue
		}
		for _, own := range t.directives {
			if own.InPlace == d.InPlace && own.Mode == d.Mode {
				return
			}
		}
		t.directives = append(t.directives, d)
		return
	}
	f.targets = append(f.targets, &target{file: f, decl: decl, directives: []*directive.Directive{d}})
}

// passedOver reports whether d is over the type, and about methods of another kind.
func (b *builder) passedOver(d *directive.Directive) bool {
	return !within(b.target.decl.Doc, d.Slash) && !b.takes(d.Mode)
}

// checkInPlace reports functions whose name a bridge cannot have.
func (b *builder) checkInPlace() bool {
	f, decl := b.target.file, b.target.decl
	report := func(hint, format string, args ...any) bool {
		f.errorf(decl.Name, diag.InPlaceMisuse, hint, format, args...)
		return false
	}
	name := decl.Name.Name
	switch {
	case decl.Body == nil:
		return report("put the directive over a function written in Go that calls it", "%s has no body to be renamed", name)
	case decl.Recv == nil && name == "main" && f.ast.Name.Name == "main":
		return report("move what it does to a function of its own", "the program starts with main, whatever it does")
	case decl.Recv == nil && f.test && model.TestName(name):
		return report("bridge what it calls", "go test calls %s by its name and its type", name)
	case exported(decl) != "":
		return report("put the directive over a function that it calls", "//%s gives %s another name for the linker, which calls its body", exported(decl), name)
	case callsRecover(decl.Body):
		return report("let a function recover that calls this one", "%s calls recover, which has an effect only in what was deferred, and that would be the bridge", name)
	}
	return true
}

// exported returns the comment that makes a function known to others than Go code, or "".
func exported(decl *ast.FuncDecl) string {
	if decl.Doc == nil {
		return ""
	}
	for _, c := range decl.Doc.List {
		for _, word := range []string{"export", "go:linkname"} {
			if strings.HasPrefix(c.Text, "//"+word+" ") {
				return word
			}
		}
	}
	return ""
}

// callsRecover reports whether a body recovers by itself, not in a function inside of it.
func callsRecover(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			id, ok := ast.Unparen(n.Fun).(*ast.Ident)
			found = found || ok && id.Name == "recover"
		}
		return true
	})
	return found
}

// targetOfType lets loop= over a type mention the value that has the methods.
func (b *builder) targetOfType(d *directive.Directive, locals map[string]bool) map[string]bool {
	if d.InPlace && b.handler.Recv != nil {
		locals[model.FrontTarget] = true
	}
	return locals
}
