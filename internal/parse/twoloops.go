package parse

import (
	"go/token"
	"path"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// twoLoops reports methods that a front and the calls from other processes would run on different loops.
// Each front is reported once.
func (u *unit) twoLoops(pkg *model.Package) {
	far := map[token.Position]*model.Handler{}
	for _, h := range pkg.Handlers {
		if h.Directives[0].Mode == model.ModeRemote {
			far[h.Pos] = h
		}
	}
	done := map[*model.Front]bool{}
	for _, h := range pkg.Handlers {
		other := far[h.Pos]
		if other == nil || h.Front == nil || h.Front.Mode == model.ModeRemote || done[h.Front] {
			continue
		}
		if !sameLoop(h.Front.Loop, other) {
			done[h.Front] = true
			u.reportTwoLoops(h, other)
		}
	}
}

// sameLoop reports whether the front's loop is the one that runs a remote handler. Two parameters, of the
// front's constructor and of the function that registers the methods, are up to their caller.
func sameLoop(front model.LoopChoice, far *model.Handler) bool {
	remote := far.Directives[0].Loop
	switch {
	case remote.Key != nil:
		return false
	case front.Kind == model.LoopField:
		return remote.Kind == model.LoopGiven
	}
	names := loopNames{}
	return loopText(front, names) == loopText(remote, names.within(far))
}

// loopText returns the expression of a loop, or "" for one that a parameter has.
func loopText(c model.LoopChoice, names loopNames) string {
	switch c.Kind {
	case model.LoopDefault:
		return loopchoice.Default
	case model.LoopField:
		return model.FrontTarget + "." + c.Name
	case model.LoopVar:
		return c.Name
	case model.LoopExpr:
		return c.Expr.Text(names)
	default:
		return ""
	}
}

// loopNames spells an expression as loop= over a type has it.
type loopNames struct {
	receiver string // the name of the target in the expression
	short    bool   // packages have names; otherwise they have paths, which do not depend on the file
}

func (n loopNames) within(h *model.Handler) loopNames {
	if h.Front == nil && h.Recv != nil {
		n.receiver = h.Recv.Name
	}
	return n
}

// Import implements [model.Naming].
func (n loopNames) Import(p string) string {
	if n.short {
		return path.Base(p)
	}
	return p
}

// TypeParam implements [model.Naming]. Remote handlers have no type parameters.
func (loopNames) TypeParam(int) string { return "" }

// Local implements [model.Naming].
func (n loopNames) Local(name string) string {
	if name == n.receiver {
		return model.FrontTarget
	}
	return name
}

func (u *unit) reportTwoLoops(near, far *model.Handler) {
	t := u.frontWith(near.Front)
	remote := far.Directives[0]
	names := loopNames{short: true}
	one, two := loopText(near.Front.Loop, names), loopText(remote.Loop, names.within(far))
	front, other := described(one), described(two)
	if near.Front.Loop.Kind == model.LoopField {
		front = "the loop that " + near.Front.Constructor() + " gets"
	}
	var hint string
	switch {
	case remote.Loop.Key != nil:
		other = "one of the loops of " + other
		hint = "remove the directive over the type, and put directives with key= over its methods"
	case remote.Loop.Kind == model.LoopGiven:
		other = "the loop that " + far.Front.Register + " gets"
		hint = "write " + loopArgument(one) + " in the directive of the remote calls too"
	case dependsOnParams(remote.Loop, far):
		hint = "remove the directive over the type, and put directives with that loop= over its methods"
	default:
		hint = "write " + loopArgument(two) + " in the directive over " + t.spec.Name.Name + ", so that both are one"
	}
	f, d := t.file, t.directive
	f.tree.report(diag.Diagnostic{
		Pos: f.pos(d.Pos()), End: f.pos(d.End()), Code: diag.FrontMethod, Hint: hint,
		Message: near.Name + " would run on two loops: on " + front + ", and for calls from other processes on " + other,
		Related: []diag.Related{{Pos: remote.Loop.Pos, Message: "the directive of the remote calls"}},
	})
}

// described returns the words for a loop that a directive names.
func described(text string) string {
	if text == loopchoice.Default {
		return "the program's shared loop"
	}
	return text
}

// loopArgument returns loop= as a directive has it.
func loopArgument(text string) string {
	if strings.Contains(text, " ") {
		return strconv.Quote("loop=" + text)
	}
	return "loop=" + text
}

// dependsOnParams reports whether the loop of a remote handler depends on arguments of the call.
func dependsOnParams(c model.LoopChoice, h *model.Handler) bool {
	if c.Kind != model.LoopExpr {
		return false
	}
	for _, name := range c.Expr.Idents(model.LocalRef) {
		if i, ok := h.ParamNamed(name); ok && i >= 0 {
			return true
		}
	}
	return false
}

// frontWith returns the type that a front was made for.
func (u *unit) frontWith(front *model.Front) *frontTarget {
	for _, f := range u.files {
		for _, t := range f.fronts {
			if t.made == front {
				return t
			}
		}
	}
	return nil
}
