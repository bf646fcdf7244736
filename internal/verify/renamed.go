package verify

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/model"
)

// The type checker reads the handlers in place with other names. The functions in this file
// map its names and positions back to the files of the user.

// inPlace returns the handlers in place of a file in the order of their names in it.
func (c *checker) inPlace(path string) []*model.Handler {
	var handlers []*model.Handler
	for _, out := range c.outputs {
		for i := range out.File.Bridges {
			if h := out.File.Bridges[i].Source; h.InPlace && h.Pos.Filename == path {
				handlers = append(handlers, h)
			}
		}
	}
	slices.SortFunc(handlers, func(a, b *model.Handler) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	return handlers
}

// withNames returns a copy of f with the own names of handlers in place.
func (c *checker) withNames(f *ast.File) *ast.File {
	handlers := c.inPlace(c.in.Fset.PositionFor(f.FileStart, false).Filename)
	if len(handlers) == 0 {
		return f
	}
	named := *f
	named.Decls = slices.Clone(f.Decls)
	for i, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		at := c.position(fn.Name.Pos())
		for _, h := range handlers {
			if h.Pos.Line == at.Line && h.Pos.Column == at.Column {
				own := *fn
				own.Name = &ast.Ident{NamePos: fn.Name.NamePos, Name: h.Name}
				named.Decls[i] = &own
			}
		}
	}
	return &named
}

// position returns the place of pos in the file that the user wrote.
func (c *checker) position(pos token.Pos) token.Position {
	at := c.in.Fset.PositionFor(pos, false)
	for _, h := range c.inPlace(at.Filename) {
		if h.Pos.Line == at.Line && h.Pos.Column+len(h.Called()) <= at.Column {
			at.Column -= len(h.Called()) - len(h.Name)
		}
	}
	return at
}

// inGenerated reports whether a suspicion about a handler in place is the error e.
func (c *checker) inGenerated(e types.Error) bool {
	return slices.ContainsFunc(c.suspicions, func(s suspicion) bool {
		return s.bridge != nil && s.bridge.Source.InPlace && s.msg == e.Msg
	})
}
