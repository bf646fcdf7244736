package names

import (
	"strconv"

	"github.com/asyncgen/asyncgen/internal/model"
)

// wrapper names one generated function.
func (b *bridge) wrapper(out model.Bridge, d model.Directive) model.Wrapper {
	w := model.Wrapper{Mode: d.Mode, Name: d.Generated, Same: d.Same, InPlace: b.h.InPlace, Stream: b.h.Stream()}
	w.Params = b.wrapperParams(out, d)
	w.Ctx = b.contextArg(d)
	w.Loop = b.loopText(d)
	w.Descriptor = b.descriptor(out, optionsOf(d))
	switch {
	case w.Stream != model.NoStream:
		w.Results = out.Results
	case d.Mode == model.ModeBridge:
		b.bridgeResults(out, &w)
	case d.Mode == model.ModeAsync:
		w.Results = []model.Var{{Type: "*" + b.file.Runtime + ".Future[" + out.Out.Name + "]"}}
	case d.Mode == model.ModeSpawn:
		if !d.Same {
			w.Results = []model.Var{{Type: b.file.Error, Error: true}}
		}
	}
	w.Doc = b.doc(out, d, w)
	return w
}

// wrapperParams returns the handler's parameters, with a context first if there
// is none.
func (b *bridge) wrapperParams(out model.Bridge, d model.Directive) []model.Var {
	if contextParam(b.h) >= 0 || d.Same {
		return out.Params
	}
	ctx := model.Var{Name: b.ctx, Type: b.file.Context + ".Context", Context: true}
	return append([]model.Var{ctx}, out.Params...)
}

func (b *bridge) contextArg(d model.Directive) string {
	if i := contextParam(b.h); i >= 0 {
		return b.params[i]
	}
	if d.Same {
		return b.file.Context + ".Background()"
	}
	return b.ctx
}

// loopText returns the expression for the loop.
func (b *bridge) loopText(d model.Directive) string {
	text := b.loopChoice(d.Loop)
	if d.Loop.Key != "" {
		return b.file.Runtime + ".Shard(" + text + ", " + b.Local(d.Loop.Key) + ")"
	}
	return text
}

func (b *bridge) loopChoice(c model.LoopChoice) string {
	switch c.Kind {
	case model.LoopField:
		if b.h.Front != nil {
			return b.recv + "." + b.planner.frontFields(b.h.Front).loop
		}
		return b.recv + "." + c.Name
	case model.LoopVar:
		return c.Name
	case model.LoopExpr:
		return c.Expr.Text(b)
	}
	return b.file.Runtime + ".Default()"
}

// descriptor returns the expression on which the runtime is called.
func (b *bridge) descriptor(out model.Bridge, o model.Options) string {
	for _, d := range b.descriptors {
		if d.Options != o {
			continue
		}
		if !b.generic() && b.h.Stream() != model.NoStream {
			return "&" + d.Name
		}
		if !b.generic() {
			return d.Name
		}
		return b.file.Runtime + ".Instance[" + out.Args.Name + ", " + out.Out.Name + "](&" + d.Name + ", " + strconv.Quote(out.Title) + ")"
	}
	return ""
}

// bridgeResults returns the handler's results, with an error last if there is
// none, and names the locals that the body needs.
func (b *bridge) bridgeResults(out model.Bridge, w *model.Wrapper) {
	w.Results = out.Results
	locals := NewScope(b.local)
	named := len(out.Results) > 0 && out.Results[0].Name != ""
	if n := len(out.Results); n > 0 && out.Results[n-1].Error {
		w.Err = out.Results[n-1].Name
	} else if !w.Same {
		added := model.Var{Type: b.file.Error, Error: true}
		if named {
			added.Name = locals.Pick("err", "callErr")
			w.Err = added.Name
		}
		w.Results = append(out.Results[:n:n], added)
	}
	if w.Err == "" || w.Err == "_" {
		w.Err, w.ErrDefine = locals.Pick("err", "callErr"), true
	}
	switch b.values() {
	case 0:
		w.Out = "_"
	case 1:
		w.Out = out.Results[0].Name
		if w.Out == "" || w.Out == "_" {
			w.Out, w.OutDefine = locals.Pick("out"), true
		}
	default:
		w.Out, w.OutDefine = locals.Pick("out"), true
	}
}

// LoopText returns the loop of a directive as -list shows it: in the words of
// the source.
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
	return packageWord(path)
}

func (s source) TypeParam(i int) string { return s.h.TypeParams[i].Name }

func (s source) Local(name string) string { return name }
