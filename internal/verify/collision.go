package verify

import (
	"go/token"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// collision reports that a generated name is taken by a dot import, which syntax
// does not show: the other declaration of it lies in another package. Which of
// the two msg complains about depends on the order of the files. It reports
// whether msg was about that.
func (c *checker) collision(msg string, out Output) bool {
	name, ok := strings.CutPrefix(msg, "\tother declaration of ")
	if !ok {
		name, _, ok = strings.Cut(msg, " already declared through dot-import of ")
	}
	if !ok {
		return false
	}
	for i := range out.File.Bridges {
		pos, found := asks(&out.File.Bridges[i], name)
		if !found {
			continue
		}
		c.report(out, diag.Diagnostic{
			Pos: pos, Code: diag.NameTaken,
			Message: "the generated name " + name + " is taken: a file of the package imports it with a dot",
			Hint:    "choose another one with name=, or import the package by name",
		})
		return true
	}
	return false
}

// asks returns the place of the directive behind a package-level declaration of name.
func asks(b *model.Bridge, name string) (token.Position, bool) {
	if f := b.Source.Front; f != nil && (f.Name == name || f.Constructor() == name) {
		return f.NamePos, true
	}
	for i, w := range b.Wrappers {
		if b.Recv == nil && w.Name == name {
			return b.Source.Directives[i].NamePos, true
		}
	}
	return b.Source.Pos, b.Out.Declared && b.Out.Base == name
}
