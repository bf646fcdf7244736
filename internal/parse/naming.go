package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// A naming is a rule for generated names: of the package, or of the methods of a type.
type naming struct {
	file      *file
	directive *directive.Directive
	base      string // the type, or "" for the package
	used      bool   // there is a name that follows the rule
}

const namesHint = "put it above a package clause, or into the comment directly above a type"

// name records a rule. It reports one in another place, and a second one for the same names.
func (f *file) name(d *directive.Directive) {
	base := ""
	if spec := f.typeAt(d.Slash); spec != nil {
		base = (&frontTarget{file: f, spec: spec}).base()
	} else if d.Slash > f.ast.Package {
		f.misplaced(d.Comment, d)
		return
	}
	for _, n := range f.unit.namings {
		if n.base == base && (base == "" || !n.file.constraint.Excludes(f.constraint)) {
			f.namedTwice(n, d)
			return
		}
	}
	f.unit.namings = append(f.unit.namings, &naming{file: f, directive: d, base: base})
}

func (f *file) namedTwice(first *naming, d *directive.Directive) {
	of := "the package"
	if first.base != "" {
		of = "the type " + first.base
	}
	f.tree.report(diag.Diagnostic{
		Pos: f.pos(d.Slash), End: f.pos(d.End()), Code: diag.DuplicateDirective,
		Message: "there are two rules for the names of " + of, Hint: "remove one of them",
		Related: []diag.Related{{Pos: first.file.pos(first.directive.Slash), Message: "the other one"}},
	})
}

// naming returns the rule for the generated names of the methods of a type, or of functions if
// base is "". It returns nil if there is no rule.
func (u *unit) naming(base string) *directive.Naming {
	var found *naming
	for _, n := range u.namings {
		if n.base == base || n.base == "" && found == nil {
			found = n
		}
	}
	if found == nil {
		return nil
	}
	found.used = true
	return found.directive.Names
}

// uselessNamings reports rules that no name follows, unless a name is missing because of another mistake.
func (u *unit) uselessNamings() {
	if u.incomplete {
		return
	}
	for _, n := range u.namings {
		if n.used {
			continue
		}
		of := "package " + u.name
		if n.base != "" {
			of = n.base
		}
		n.file.errorf(n.directive, diag.UselessNames, "remove it", "//asyncgen:names has no effect: no generated name of %s follows it", of)
	}
}

// naming returns the rule for the names of the handler's functions.
func (b *builder) naming() *directive.Naming {
	base := ""
	if r := b.handler.Recv; r != nil {
		base = r.Type
	}
	return b.target.file.unit.naming(base)
}

// naming returns the rule for the names of a front and of its methods.
func (t *frontTarget) naming() *directive.Naming { return t.file.unit.naming(t.base()) }

// methodName returns the name of a method of a front, and its stem. The name of a bridge is the stem,
// or, in the front of an interface, the name of the handler.
func (t *frontTarget) methodName(front *model.Front, handler string, mode model.Mode) (name, stem string) {
	rule := t.naming()
	stem = rule.Stem(handler)
	switch {
	case front.Interface && (mode == model.ModeBridge || mode == model.ModeRemote):
		return handler, stem
	case mode == model.ModeBridge || mode == model.ModeRemote:
		return stem, stem
	}
	return rule.Function(mode, stem), stem
}

// remoteNames returns the name of the function that calls the handler from afar, and of the one that
// registers it.
func (b *builder) remoteNames(d *directive.Directive) (generated, register string) {
	rule, typ := b.naming(), ""
	stem := rule.Stem(b.handler.Name)
	visible := rule.Exports() || ast.IsExported(stem)
	if r := b.handler.Recv; r != nil {
		typ = r.Type
		visible = visible && (rule.Exports() || ast.IsExported(typ))
		stem = typ + ident.Upper(stem)
	}
	generated, register = rule.Function(d.Mode, stem), "Register"+ident.Upper(stem)
	if !visible {
		generated, register = ident.Lower(generated), ident.Lower(register)
	}
	if d.Name != nil {
		generated = d.Name.Text
	}
	return generated, register
}
