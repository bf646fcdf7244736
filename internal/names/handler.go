package names

import (
	"go/ast"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// A namer names everything that is generated for one handler. Its names at package level are
// chosen first, because imports must not have them; the others once imports are known.
type namer interface {
	build(in *imports, f *model.File) model.Bridge
}

// newNamer picks the package-level names for a handler.
func (p *planner) newNamer(h *model.Handler) namer {
	if h.Remote() != nil {
		return p.newRemote(h)
	}
	return p.newCall(h)
}

// A signature names the parts that the functions of a handler have in common, wherever it runs.
type signature struct {
	*locals
	planner *planner
	h       *model.Handler
}

// Local implements model.Naming. The loop of a handler that is bridged in place may be spelled
// as that of a front is.
func (s *signature) Local(name string) string {
	if s.h.InPlace && s.h.Recv != nil && name == model.FrontTarget && s.param(name) < 0 {
		return s.receiver
	}
	return s.locals.Local(name)
}

// bridge returns the parts of the output that describe the handler itself.
func (s *signature) bridge() model.Bridge {
	h := s.h
	out := model.Bridge{Source: h, Name: h.Name, Link: link(h.Name), TypeParams: s.typeVars(), OwnArgs: s.ownArgs()}
	if h.Recv != nil {
		out.Name, out.Link = h.Recv.Type+"."+h.Name, link(h.Recv.Type, h.Name)
		out.Recv = &model.Var{Name: s.receiver, Type: s.recvType()}
	}
	if h.Front != nil {
		out.Recv.Type = "*" + h.Front.Name + s.recvArgs()
	}
	out.Title = s.planner.pkg.Name + "." + out.Name
	for i, p := range h.Params {
		out.Params = append(out.Params, model.Var{Name: s.values[i], Type: p.Type.Text(s), Variadic: p.Variadic, Context: p.Context})
	}
	for i, r := range h.Results {
		out.Results = append(out.Results, model.Var{Name: s.outcomes[i], Type: r.Type.Text(s), Error: r.Error})
	}
	out.Callee = s.callee()
	return out
}

// link returns a doc link to a declaration, which consists of one name or of a type and its method. What
// is not exported is no target of a link, so its name has no brackets.
func link(names ...string) string {
	text := strings.Join(names, ".")
	for _, name := range names {
		if !ast.IsExported(name) {
			return text
		}
	}
	return "[" + text + "]"
}

// callee returns the handler as an expression.
func (s *signature) callee() string {
	if s.h.Recv == nil {
		return s.h.Called() + s.typeArgs()
	}
	t := s.recvType()
	if s.h.Recv.Pointer {
		t = "(" + t + ")"
	}
	return t + "." + s.h.Called() + s.ownArgs()
}

// parameters returns the handler's parameters, with a context first if there is none.
func (s *signature) parameters(out model.Bridge, d model.Directive) []model.Var {
	if s.contextParam() >= 0 || d.Same {
		return out.Params
	}
	ctx := model.Var{Name: s.ctx, Type: s.file.Context + ".Context", Context: true}
	return append([]model.Var{ctx}, out.Params...)
}

// contextArg returns the expression for a call's context.
func (s *signature) contextArg(d model.Directive) string {
	if i := s.contextParam(); i >= 0 {
		return s.values[i]
	}
	if d.Same {
		return s.file.Context + ".Background()"
	}
	return s.ctx
}

// nameResults returns the handler's results, with an error last if there is none, and names the
// locals that the body needs: out for a value that has them as its fields.
func (s *signature) nameResults(out model.Bridge, w *model.Wrapper, local ...string) {
	w.Results = out.Results
	scope := NewScope(s.scope)
	named := len(out.Results) > 0 && out.Results[0].Name != ""
	if n := len(out.Results); n > 0 && out.Results[n-1].Error {
		w.Err = out.Results[n-1].Name
	} else if !w.Same {
		added := model.Var{Type: s.file.Error, Error: true}
		if named {
			added.Name = scope.Pick("err", "callErr")
			w.Err = added.Name
		}
		w.Results = append(out.Results[:n:n], added)
	}
	if w.Err == "" || w.Err == "_" {
		w.Err = scope.Pick("err", "callErr")
	}
	w.Out = scope.Pick(local...)
}

// named returns the name of a result, or fallback if it has none.
func named(name, fallback string) string {
	if name == "" || name == "_" {
		return fallback
	}
	return name
}

// numbered is named with the number of the result as its fallback.
func numbered(i int, name string) string { return named(name, "r"+strconv.Itoa(i)) }

// guard returns the handler's type as a function, receiver first.
func (s *signature) guard(out model.Bridge) string {
	var params, results []string
	if out.Recv != nil {
		params = append(params, s.recvType())
	}
	for _, p := range out.Params {
		t := p.Type
		if p.Variadic {
			t = "..." + t
		}
		params = append(params, t)
	}
	for _, r := range out.Results {
		results = append(results, r.Type)
	}
	text := "func(" + strings.Join(params, ", ") + ")"
	switch {
	case len(results) == 1 && !strings.HasPrefix(results[0], "("):
		text += " " + results[0]
	case len(results) > 0:
		text += " (" + strings.Join(results, ", ") + ")"
	}
	return text
}
