package verify

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// loops compares the loops that were chosen for the directives of a handler with those that the
// types show. Syntax overlooks some: fields that a type of another package promotes, variables
// whose values are calls of other packages.
func (c *checker) loops(b *model.Bridge, out Output) {
	if !c.checks(out) || b.Source.Front != nil && b.Source.Front.Mode == model.ModeBridge {
		return
	}
	for _, d := range b.Source.Directives {
		switch d.Loop.Kind {
		case model.LoopField, model.LoopVar, model.LoopGiven:
			c.loop(b, d, out)
		}
	}
}

// checks reports whether the package that is checked is the one of a generated file.
func (c *checker) checks(out Output) bool {
	pkg := c.in.Types
	return pkg != nil && pkg.Name() == out.File.Package && strings.TrimSuffix(pkg.Path(), "_test") == strings.TrimSuffix(out.Package, "_test")
}

func (c *checker) loop(b *model.Bridge, d model.Directive, out Output) {
	fields, vars := c.loopFields(b.Source), c.loopVariables(b.Source)
	if d.Loop.Kind == model.LoopGiven {
		vars = nil
	}
	for _, list := range [][]loopchoice.Candidate[*types.Var]{fields, vars} {
		decision := loopchoice.Choose(list, nil)
		if len(decision.Found) == 0 {
			continue
		}
		for _, f := range decision.Found {
			if f.Name != d.Loop.Name {
				c.overlooked(b, d, f, out)
				return
			}
		}
		return
	}
}

// loopFields returns the loops among the fields of the receiver.
func (c *checker) loopFields(h *model.Handler) []loopchoice.Candidate[*types.Var] {
	if h.Recv == nil {
		return nil
	}
	obj, ok := c.in.Types.Scope().Lookup(h.Recv.Type).(*types.TypeName)
	if !ok {
		return nil
	}
	return loopchoice.Fields(obj.Type(), c.in.Types)
}

// loopVariables returns the loops among the variables of the package.
func (c *checker) loopVariables(h *model.Handler) []loopchoice.Candidate[*types.Var] {
	return loopchoice.Variables(c.in.Types, func(v *types.Var) bool {
		file := c.in.Fset.PositionFor(v.Pos(), false).Filename
		return h.Source.Test || !strings.HasSuffix(file, "_test.go")
	})
}

func (c *checker) overlooked(b *model.Bridge, d model.Directive, f loopchoice.Candidate[*types.Var], out Output) {
	name, chosen := f.Name, d.Loop.Name
	if f.Decl.IsField() {
		name = receiverName(b.Source) + "." + name
	}
	if d.Loop.Kind == model.LoopField {
		chosen = receiverName(b.Source) + "." + chosen
	}
	hint := "name one of them, as in loop=" + name
	if f.Decl.IsField() && unnamed(b.Source) {
		hint = "give the receiver a name, and name one of them, as in loop=NAME." + f.Name
	}
	if chosen == "" {
		chosen = "the one given to " + b.Source.Front.Register
	}
	c.report(out, diag.Diagnostic{
		Pos: d.Loop.Pos, Code: diag.LoopOverlooked,
		Message: fmt.Sprintf("%s could be the loop of %s too, beside %s", name, b.Name, chosen),
		Hint:    hint,
		Related: []diag.Related{{Pos: c.in.Fset.PositionFor(f.Decl.Pos(), false), Message: name + " is a *loop.Loop or a *loop.Sharded"}},
	})
}

func receiverName(h *model.Handler) string {
	if h.Front != nil {
		return model.FrontTarget
	}
	if unnamed(h) {
		return h.Recv.Type
	}
	return h.Recv.Name
}

func unnamed(h *model.Handler) bool {
	return h.Front == nil && (h.Recv.Name == "" || h.Recv.Name == "_")
}

// loopHint returns the hint for a loop expression with a type error.
func loopHint(message string, h *model.Handler) string {
	switch {
	case !strings.HasPrefix(message, "undefined: "):
		return "loop= must be a *loop.Loop, or with key= a *loop.Sharded and a comparable key"
	case h.Recv != nil && h.Front == nil && unnamed(h):
		return "give the receiver a name: loop= may use the receiver, the parameters, and the names of the handler's file"
	}
	return "loop= may use the receiver, the parameters, and the names of the handler's file"
}
