package parse

import (
	"go/build/constraint"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// constraintOf reads the constraint of a file from its name, its build lines
// and, for cgo, its imports.
func constraintOf(f *file) model.Constraint {
	c := model.Constraint{Suffix: model.SuffixTags(filepath.Base(f.path))}
	c.Expr = buildLines(f.src)
	if slices.ContainsFunc(f.imports, func(s importSpec) bool { return s.path == "C" }) {
		// With cgo turned off the go command leaves such files out.
		c.Expr = both(&constraint.TagExpr{Tag: "cgo"}, c.Expr)
	}
	return c
}

// buildLines returns the expression of the //go:build line before the package
// clause. Without one the older lines count, as they do for the go command: all
// that a blank line separates from anything other than line comments.
func buildLines(src []byte) constraint.Expr {
	var plus, pending constraint.Expr
	inBlock, ended := false, false
	text := strings.TrimPrefix(string(src[:min(len(src), headerLimit)]), "\ufeff")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case inBlock:
			inBlock = !strings.Contains(line, "*/")
		case strings.HasPrefix(line, "/*"):
			inBlock, ended = !strings.Contains(line, "*/"), true
		case constraint.IsGoBuild(line):
			if x, err := constraint.Parse(line); err == nil {
				return x
			}
		case line == "" && !ended:
			plus, pending = both(plus, pending), nil
		case constraint.IsPlusBuild(line):
			if x, err := constraint.Parse(line); err == nil {
				pending = both(pending, x)
			}
		case line != "" && !strings.HasPrefix(line, "//"):
			return plus
		}
	}
	return plus
}

// both returns the conjunction of x and y. Nil is always true.
func both(x, y constraint.Expr) constraint.Expr {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return &constraint.AndExpr{X: x, Y: y}
}

// headerLimit bounds how far a build line is looked for.
const headerLimit = 64 << 10
