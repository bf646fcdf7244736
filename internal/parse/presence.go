package parse

import (
	"cmp"
	"go/ast"
	"go/build/constraint"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// member is a field or a method that a front's target has from a certain depth of
// embedding. A field has no file.
type member struct {
	method
	name  string
	depth int
	owner *use // nil in interfaces
}

func (m *member) isField() bool { return m.file == nil }

// members are the members of all depths, by name.
type members struct {
	order  []string
	byName map[string][]member
}

func (l *members) add(m member) {
	if l.byName == nil {
		l.byName = map[string][]member{}
	}
	if len(l.byName[m.name]) == 0 {
		l.order = append(l.order, m.name)
	}
	l.byName[m.name] = append(l.byName[m.name], m)
}

// and adds the constraint of a file to others, unless the front's own file has it.
func (s *methodSet) and(when []model.Constraint, f *file) []model.Constraint {
	c := f.constraint
	known := func(d model.Constraint) bool { return sameConstraint(c, d) }
	if c.IsZero() || known(s.target.file.constraint) || slices.ContainsFunc(when, known) {
		return when
	}
	return append(slices.Clip(when), c)
}

func sameConstraint(c, d model.Constraint) bool {
	return c.Line() == d.Line() && slices.Equal(c.Suffix, d.Suffix)
}

// settle decides which methods the front has: of each name the one that is
// embedded least deep, and none if there are several at that depth. Both may
// depend on the build.
func (s *methodSet) settle(all *members, listed bool) []method {
	slices.SortStableFunc(all.order, func(a, b string) int {
		return cmp.Compare(all.byName[a][0].depth, all.byName[b][0].depth)
	})
	var methods []method
	for _, name := range all.order {
		list := slices.DeleteFunc(all.byName[name], s.withheld)
		refined := func(m member) bool { return s.target.refinedMethod(m.method) }
		if len(list) == 0 || !listed && !ast.IsExported(name) && !slices.ContainsFunc(list, refined) {
			continue
		}
		if !slices.ContainsFunc(list, func(m member) bool { return len(m.when) > 0 }) {
			if m := visible(list, nil, listed); m != nil && !s.twice(list, m) {
				methods = append(methods, m.method)
			}
			continue
		}
		methods = append(methods, s.inBuilds(list, listed)...)
	}
	return methods
}

// withheld reports whether a method is one that the standard library keeps to
// itself, such as PollFD of os.File: it is declared for an unexported type, and
// mentions an internal package.
func (s *methodSet) withheld(m member) bool {
	if m.isField() || m.file.tree == s.target.file.tree || !s.target.file.tree.standard(m.file.tree.in.Path) {
		return false
	}
	fn, ok := m.node.(*ast.FuncDecl)
	return ok && !ast.IsExported(m.file.receiverOf(fn).base) && strings.Contains(m.file.qualifiers(fn.Type), " internal/")
}

// visible returns the method that a build selects, or nil. A nil build includes
// every file.
func visible(list []member, b *model.Build, listed bool) *member {
	var best *member
	several := false
	for i := range list {
		m := &list[i]
		excluded := b != nil && !b.Includes(m.when...)
		switch {
		case excluded:
		case best == nil || m.depth < best.depth:
			best, several = m, false
		case m.depth == best.depth:
			if listed && best.skip {
				best = m
			}
			several = several || m.owner != best.owner
		}
	}
	if best == nil || best.isField() || several && !listed {
		return nil
	}
	return best
}

// twice reports a method that its type declares twice.
func (s *methodSet) twice(list []member, m *member) bool {
	for i := range list {
		other := &list[i]
		if other == m || other.owner != m.owner || other.owner == nil || other.depth != m.depth || other.isField() {
			continue
		}
		if _, declared := other.node.(*ast.FuncDecl); !declared || !model.Together(other.file.constraint, m.file.constraint) {
			continue
		}
		s.failed = true
		s.target.file.tree.twice("the method "+s.target.spec.Name.Name+"."+m.name, other.file, other.node.(*ast.FuncDecl).Name, m.file, m.node.(*ast.FuncDecl).Name)
		return true
	}
	return false
}

// inBuilds returns the methods of one name in all builds that include the front.
func (s *methodSet) inBuilds(list []member, listed bool) []method {
	home := s.target.file.constraint
	constraints := []model.Constraint{home}
	for _, m := range list {
		constraints = append(constraints, m.when...)
	}
	selected := map[*model.Build]*member{}
	for _, b := range model.Builds(constraints...) {
		if b.Includes(home) {
			selected[b] = visible(list, b, listed)
		}
	}
	var chosen []*member // in the order of the source
	missing := false
	for _, m := range selected {
		missing = missing || m == nil
	}
	for i := range list {
		if len(buildsOf(&list[i], selected, true)) == 0 {
			continue
		}
		chosen = append(chosen, &list[i])
		if s.twice(list, &list[i]) {
			return nil
		}
	}
	if len(chosen) == 0 || !missing && s.alike(chosen) {
		return first(chosen)
	}
	var methods []method
	for _, m := range chosen {
		if s.separate(m, chosen, buildsOf(m, selected, false)) {
			methods = append(methods, m.method)
		}
	}
	return methods
}

// buildsOf returns the builds, and whether each selects m. If only is set, it
// leaves out those that do not.
func buildsOf(m *member, selected map[*model.Build]*member, only bool) map[*model.Build]bool {
	builds := map[*model.Build]bool{}
	for b, chosen := range selected {
		if !only || chosen == m {
			builds[b] = chosen == m
		}
	}
	return builds
}

func first(list []*member) []method {
	if len(list) == 0 {
		return nil
	}
	return []method{list[0].method}
}

// alike reports whether methods in files with different constraints can have one
// bridge: all of them are of other packages, with one signature.
func (s *methodSet) alike(list []*member) bool {
	return !slices.ContainsFunc(list, func(m *member) bool {
		own := m.file.tree == s.target.file.tree && len(list) > 1
		return own || signatureText(m.method) != signatureText(list[0].method) || m.skip != list[0].skip
	})
}

// signatureText returns the types of a method's signature, with import paths.
func signatureText(m method) string {
	var b strings.Builder
	for _, list := range []*ast.FieldList{m.typ.Params, m.typ.Results} {
		b.WriteByte('(')
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for range fieldNames(field) {
				src := m.file.src[m.file.tok.Offset(field.Type.Pos()):m.file.tok.Offset(field.Type.End())]
				b.WriteString(strings.Join(strings.Fields(string(src)), " "))
				b.WriteString(m.file.qualifiers(field.Type))
				b.WriteString(m.env.argText(field.Type))
				b.WriteByte(',')
			}
		}
	}
	return b.String()
}

// qualifiers returns the import paths of the packages that a type mentions.
func (f *file) qualifiers(x ast.Expr) string {
	var b strings.Builder
	ast.Inspect(x, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				path, _ := f.importNamed(id.Name)
				b.WriteString(" " + path)
			}
		}
		return true
	})
	return b.String()
}

// argText returns the type arguments behind the type parameters that x mentions.
func (e exprEnv) argText(x ast.Expr) string {
	var b strings.Builder
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && e.args[id.Name] != nil {
			writeExpr(&b, e.args[id.Name])
		}
		return true
	})
	return b.String()
}

func writeExpr(b *strings.Builder, x *model.Expr) {
	b.WriteString(" " + types.ExprString(x.Node))
	for _, ref := range x.Refs {
		b.WriteString(" " + ref.Path)
		if ref.Arg != nil {
			writeExpr(b, ref.Arg)
		}
	}
}

// separate gives a method that not all builds have an output file of its own. It
// reports false, with a diagnostic, if no build line describes these builds.
func (s *methodSet) separate(m *member, chosen []*member, builds map[*model.Build]bool) bool {
	home := s.target.file
	if m.skip || m.file.skipped(m.node) {
		return true // the front leaves it out
	}
	exact := s.exactly(m.when, nil, builds)
	own := m.file.tree == home.tree
	if own && exact && len(m.when) <= 1 {
		return true // front.method takes the constraint of the file
	}
	var hidden constraint.Expr
	if !exact {
		hidden = notHidden(m, chosen)
		exact = s.exactly(m.when, hidden, builds)
	}
	if exact && s.kind != shapeInterface && s.target.directive.Mode != model.ModeRemote {
		m.source = home.tree.sourceFor(home, m.file, m.when, hidden)
		return true
	}
	s.failed = true
	s.target.errorf(s.target.directive, diag.FrontMethod, s.target.foreignHint(m.method),
		"the method %s, which %s has from %s, is declared in %s, so not every build has it",
		m.name, s.target.spec.Name.Name, m.file.tree.in.Path, filepath.Base(m.file.path))
	return false
}

// exactly reports whether builds are all that include the front and files with
// the constraints of when, and satisfy an expression, which may be nil.
func (s *methodSet) exactly(when []model.Constraint, x constraint.Expr, builds map[*model.Build]bool) bool {
	when = append([]model.Constraint{s.target.file.constraint, {Expr: x}}, when...)
	for b, selected := range builds {
		if b.Includes(when...) != selected {
			return false
		}
	}
	return true
}

// notHidden returns an expression that excludes the builds whose methods of less depth
// hide m.
func notHidden(m *member, chosen []*member) constraint.Expr {
	var x constraint.Expr
	for _, other := range chosen {
		if other.depth < m.depth {
			x = both(x, &constraint.NotExpr{X: expression(other.when)})
		}
	}
	return x
}
