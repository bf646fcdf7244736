package parse

import (
	"go/build/constraint"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// sourceFor returns the source that represents a file of another package in the
// naming of output: a file in the front's directory, with the constraints of both
// and of all types that are embedded in between. The last argument is one more
// condition, which may be nil.
func (t *Tree) sourceFor(front, foreign *file, when []model.Constraint, hidden constraint.Expr) *model.Source {
	c := model.Constraint{Suffix: foreign.constraint.Suffix}
	for _, d := range append([]model.Constraint{front.constraint}, when...) {
		c.Expr = conjunction(c.Expr, d.Expr)
		for _, tag := range d.Suffix {
			if !slices.Contains(c.Suffix, tag) {
				c.Expr = conjunction(c.Expr, &constraint.TagExpr{Tag: tag})
			}
		}
	}
	c.Expr = conjunction(c.Expr, hidden)
	return &model.Source{Path: filepath.Join(t.in.Dir, t.nameFor(front, foreign, c)), Test: front.test, Constraint: c}
}

// conjunction returns x and y, without those parts of y that x has already.
func conjunction(x, y constraint.Expr) constraint.Expr {
	if and, ok := y.(*constraint.AndExpr); ok {
		return conjunction(conjunction(x, and.X), and.Y)
	}
	if y == nil || contains(x, y) {
		return x
	}
	return both(x, y)
}

// expression returns the conjunction of constraints, which must not be empty.
func expression(list []model.Constraint) constraint.Expr {
	var x constraint.Expr
	for _, c := range list {
		for _, tag := range c.Suffix {
			x = conjunction(x, &constraint.TagExpr{Tag: tag})
		}
		x = conjunction(x, c.Expr)
	}
	return x
}

func contains(x, y constraint.Expr) bool {
	if and, ok := x.(*constraint.AndExpr); ok {
		return contains(and.X, y) || contains(and.Y, y)
	}
	return x != nil && x.String() == y.String()
}

// nameFor returns the name of such a file. Its suffixes are those of the constraint.
func (t *Tree) nameFor(front, foreign *file, c model.Constraint) string {
	ending := ".go"
	if front.test {
		ending = "_test.go"
	}
	if len(c.Suffix) > 0 {
		ending = "_" + strings.Join(c.Suffix, "_") + ending
	}
	base := func(f *file, suffix string) string {
		stem := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(f.path), ".go"), "_test")
		return strings.TrimSuffix(stem, suffix)
	}
	stem := base(front, "") + "_" + foreign.ast.Name.Name + "_" + base(foreign, "_"+strings.Join(c.Suffix, "_"))
	for {
		name := stem + ending
		other, taken := t.foreignSources[name]
		if slices.Equal(model.SuffixTags(name), c.Suffix) && (!taken || sameConstraint(other, c)) && !t.hasFile(name) {
			t.foreignSources[name] = c
			return name
		}
		stem += "_go"
	}
}

func (t *Tree) hasFile(base string) bool {
	return slices.ContainsFunc(t.in.Files, func(s Source) bool { return filepath.Base(s.Path) == base })
}
