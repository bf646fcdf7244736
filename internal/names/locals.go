package names

import (
	"go/types"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/asyncgen/asyncgen/internal/model"
)

// nameLocals names the receiver, the type parameters, the parameters and the
// results of the generated functions. The source's names stay wherever a body
// can still say what it has to.
func (b *bridge) nameLocals() {
	b.local = NewScope(b.forbidden())
	b.nameTypeParams()
	h := b.h
	taken := localsOf(h)
	if h.Recv != nil {
		b.recv = b.keep(taken, h.Recv.Name, b.receiverWord())
	}
	for i, p := range h.Params {
		fallback := "p" + strconv.Itoa(i+1)
		switch {
		case p.Context:
			fallback = "ctx"
		case p.Name != "" && p.Name != "_":
			fallback = p.Name + "Arg"
		}
		b.params = append(b.params, b.keep(taken, p.Name, fallback))
	}
	for _, r := range h.Results {
		name := r.Name
		if name != "" && name != "_" {
			name = b.keep(taken, name, name+"Result")
		}
		b.results = append(b.results, name)
	}
	b.local.outer = append(b.local.outer, taken)
	if contextParam(h) < 0 {
		b.ctx = b.local.Pick("ctx", "callCtx")
	}
}

// keep returns the source's name if it is usable, else a fresh one.
func (b *bridge) keep(taken *Scope, name, fallback string) string {
	if name != "" && name != "_" && !b.local.Taken(name) {
		b.local.Take(name)
		return name
	}
	fresh := NewScope(b.local, taken).Pick(fallback)
	b.local.Take(fresh)
	return fresh
}

// forbidden returns the package-level names that bodies mention and that no
// local may hide.
func (b *bridge) forbidden() *Scope {
	s := NewScope()
	s.Take(b.args, b.out, b.method)
	if mentionsRuntime(b.h) {
		s.Take(b.imports.Import(model.RuntimePath))
	}
	for _, d := range b.descriptors {
		s.Take(d.Name)
	}
	if b.generic() && b.values() == 1 {
		// The descriptor of an instantiation is looked up by the result's type.
		b.takeMentioned(s, b.h.Results[0].Type)
	}
	for _, d := range b.h.Directives {
		switch d.Loop.Kind {
		case model.LoopVar:
			s.Take(d.Loop.Name)
		case model.LoopExpr:
			b.takeMentioned(s, d.Loop.Expr)
		}
		if d.Same && contextParam(b.h) < 0 {
			s.Take(b.imports.Import("context"))
		}
	}
	return s
}

// takeMentioned marks what x mentions of the file and the package as taken.
func (b *bridge) takeMentioned(s *Scope, x *model.Expr) {
	s.Take(x.Idents(model.ScopeRef)...)
	eachImport(x, func(path, _ string) { s.Take(b.imports.Import(path)) })
}

// nameTypeParams keeps type parameters as they are unless they hide something
// that the generated code says: the handler, its receiver, the runtime, or a
// predeclared name.
func (b *bridge) nameTypeParams() {
	s := NewScope(b.local, localsOf(b.h))
	hidden := NewScope()
	hidden.Take(b.h.Called())
	hidden.Take(types.Universe.Names()...)
	hidden.Take(b.imports.Import("context"))
	if b.h.Recv != nil {
		hidden.Take(b.h.Recv.Type)
	}
	if b.h.Front != nil {
		hidden.Take(b.h.Front.Name)
	}
	// The types of the signature are repeated, so nothing that they mention may
	// be hidden by a name that was not there before.
	mentioned := NewScope(hidden)
	for _, x := range b.planner.exprs[b.h] {
		b.takeMentioned(mentioned, x)
	}
	for i, t := range b.h.TypeParams {
		name := t.Name
		if name == "_" || hidden.Taken(name) || b.local.Taken(name) || mentioned.Taken(name) {
			name = NewScope(s, mentioned).Pick("T"+strconv.Itoa(i+1), "TypeParam"+strconv.Itoa(i+1))
		}
		s.Take(name)
		b.local.Take(name)
		b.typeParams = append(b.typeParams, name)
	}
}

// receiverWord returns a name for a receiver that has none: what the type's
// other methods would use, its first letter.
func (b *bridge) receiverWord() string {
	typ := b.h.Recv.Type
	if b.h.Front != nil {
		typ = b.h.Front.Name
	}
	r, _ := utf8.DecodeRuneInString(typ)
	if !unicode.IsLetter(r) {
		return "recv"
	}
	return string(unicode.ToLower(r))
}

// run names the receiver, the parameter and the locals of the method that calls
// the handler. Only what that method says itself counts.
func (b *bridge) run(out model.Bridge) model.Run {
	s := NewScope()
	s.Take(b.typeParams...)
	s.Take(b.args, b.out, "nil", b.imports.Import("context"), b.imports.Import(model.RuntimePath))
	if b.h.Recv == nil {
		s.Take(b.h.Called())
	}
	for _, x := range b.planner.exprs[b.h] {
		b.takeMentioned(s, x)
	}
	r := model.Run{Ctx: "_", NamedErr: b.planner.pkg.Scope.Declares("nil")}
	if contextParam(b.h) >= 0 {
		r.Ctx = s.Pick("ctx", "callCtx")
	}
	if len(out.Args.Fields) > 0 {
		r.In = s.Pick("in", "args")
	}
	if n := b.values(); n > 1 {
		for i := range n {
			numbered := "r" + strconv.Itoa(i)
			name := b.results[i]
			if name == "" || name == "_" {
				name = numbered
			}
			r.Results = append(r.Results, s.Pick(name, numbered))
		}
	}
	r.Err = s.Pick("err")
	return r
}
