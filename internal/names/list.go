package names

import (
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// LoopText returns the loop of a directive as the source spells it, or "" if the program gives
// the loop to a generated function; see [LoopTaker].
func LoopText(h *model.Handler, d model.Directive) string {
	switch d.Loop.Kind {
	case model.LoopDefault:
		return "loop.Default()"
	case model.LoopField:
		if ownLoop(h, d) {
			return ""
		}
		return owner(h) + "." + d.Loop.Name
	case model.LoopVar:
		return d.Loop.Name
	case model.LoopExpr:
		return d.Loop.Expr.Text(source{h, d.Loop.Expr})
	}
	return ""
}

// LoopTaker returns the name of the generated function to which the program gives the loop of a
// directive, or "" if the source has the loop.
func LoopTaker(h *model.Handler, d model.Directive) string {
	switch {
	case d.Loop.Kind == model.LoopGiven:
		return h.Front.Register
	case ownLoop(h, d):
		return h.Front.Constructor()
	}
	return ""
}

// ownLoop reports whether the loop is a field of a generated type.
func ownLoop(h *model.Handler, d model.Directive) bool {
	return d.Loop.Kind == model.LoopField && h.Front != nil && h.Front.Mode != model.ModeRemote
}

// owner names the value with the field that is a loop.
func owner(h *model.Handler) string {
	switch name := h.Recv.Name; {
	case h.Front != nil:
		return model.FrontTarget
	case name == "" || name == "_":
		return h.Recv.Type
	default:
		return name
	}
}

// source spells references as the source does.
type source struct {
	h *model.Handler
	x *model.Expr
}

func (s source) Import(path string) string {
	for _, r := range s.x.Refs {
		if r.Path == path && r.Kind == model.ImportRef {
			return r.Name
		}
	}
	return ident.PackageWord(path)
}

func (s source) TypeParam(i int) string { return s.h.TypeParams[i].Name }

func (s source) Local(name string) string { return name }

// Generated returns the name of the function that a directive generates, as -list shows it.
func Generated(h *model.Handler, d model.Directive) string {
	if h.Front != nil {
		return h.Front.Name + "." + d.Generated
	}
	return d.Generated
}
