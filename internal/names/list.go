package names

import (
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// LoopText returns the loop of a directive as -list shows it: as the source
// spells it.
func LoopText(h *model.Handler, d model.Directive) string {
	text := "loop.Default()"
	switch d.Loop.Kind {
	case model.LoopField:
		recv := h.Recv.Name
		if h.Front != nil && h.Front.Mode == model.ModeRemote {
			recv = model.FrontTarget
		} else if h.Front != nil {
			recv = h.Front.Name
		}
		if recv == "" || recv == "_" {
			recv = h.Recv.Type
		}
		text = recv + "." + d.Loop.Name
	case model.LoopVar:
		text = d.Loop.Name
	case model.LoopGiven:
		text = "given to " + h.Front.Register
	case model.LoopExpr:
		text = d.Loop.Expr.Text(source{h, d.Loop.Expr})
	}
	if d.Loop.Key != "" {
		text += " by " + d.Loop.Key
	}
	return text
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
