package names

import (
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asyncgen/asyncgen/internal/model"
)

// A subject is a declaration that generated functions are about: a handler, or the target of a
// front.
type subject struct {
	name       string // in the output
	front      *model.Front
	recv       *model.Receiver
	typeParams []model.TypeParam
	own        int // how many of them are those of a method
	params     []model.Param
	results    []model.Result
	http       bool          // an HTTP handler
	exprs      []*model.Expr // everything that the output repeats of it
}

func (p *planner) handlerSubject(h *model.Handler) subject {
	return subject{h.Called(), h.Front, h.Recv, h.TypeParams, h.OwnParams, h.Params, h.Results, h.HTTP, p.exprs[h]}
}

// frontSubject returns a pointer to the target of f, or the target itself if it is an interface, as
// if that were the receiver of a handler.
func frontSubject(f *model.Front) subject {
	s := subject{name: f.Name, front: f, typeParams: f.TypeParams}
	s.recv = &model.Receiver{Type: f.Target, Pointer: !f.Interface}
	for _, t := range f.TypeParams {
		s.exprs = append(s.exprs, t.Constraint)
	}
	return s
}

// locals are the names of a subject's receiver, type parameters, parameters and results in
// generated functions. It spells the subject's expressions with them, see [model.Naming].
type locals struct {
	subject
	imports *imports
	file    *model.File
	scope   *Scope // of the generated functions
	// target is the field of a front that holds the target.
	target string

	receiver string
	types    []string
	values   []string // the parameters
	outcomes []string // the results, as the source names them
	ctx      string   // an added context parameter
}

// newLocals names the locals of a subject. The source's names stay wherever a body can still
// mention all that it needs; hidden are the names at package level that bodies mention.
func newLocals(s subject, in *imports, f *model.File, hidden *Scope) *locals {
	l := &locals{subject: s, imports: in, file: f, scope: NewScope(hidden)}
	l.nameTypes()
	taken := s.declared()
	if s.recv != nil {
		l.receiver = l.keep(taken, s.recv.Name, s.receiverWord(), "recv")
	}
	for i, p := range s.params {
		l.values = append(l.values, l.keep(taken, p.Name, s.paramWords(i)...))
	}
	for _, r := range s.results {
		name := r.Name
		if name != "" && name != "_" {
			name = l.keep(taken, name, name+"Result")
		}
		l.outcomes = append(l.outcomes, name)
	}
	l.scope.outer = append(l.scope.outer, taken)
	if s.contextParam() < 0 {
		l.ctx = l.scope.Pick("ctx", "callCtx")
	}
	return l
}

// declared returns every name that the subject's signature declares.
func (s subject) declared() *Scope {
	names := NewScope()
	if s.recv != nil {
		names.Take(s.recv.Name)
	}
	for _, t := range s.typeParams {
		names.Take(t.Name)
	}
	for _, p := range s.params {
		names.Take(p.Name)
	}
	for _, r := range s.results {
		names.Take(r.Name)
	}
	return names
}

// contextParam returns the index of the parameter that is the call's context, or -1.
func (s subject) contextParam() int {
	return slices.IndexFunc(s.params, func(p model.Param) bool { return p.Context })
}

func (s subject) generic() bool { return len(s.typeParams) > 0 }

// count returns the number of results that are not the error.
func (s subject) count() int {
	n := len(s.results)
	if n > 0 && s.results[n-1].Error {
		n--
	}
	return n
}

// paramWords returns names for a parameter whose own name is missing or not usable.
func (s subject) paramWords(i int) []string {
	switch p := s.params[i]; {
	case p.Context:
		return []string{"ctx"}
	case p.Name != "" && p.Name != "_":
		return []string{p.Name + "Arg"}
	case s.http && i == 0:
		return []string{"w", "writer"}
	case s.http:
		return []string{"r", "request"}
	}
	return []string{"p" + strconv.Itoa(i+1)}
}

// keep returns the source's name if it is usable, else a fresh one.
func (l *locals) keep(taken *Scope, name string, fallback ...string) string {
	if name != "" && name != "_" && !l.scope.Taken(name) {
		l.scope.Take(name)
		return name
	}
	fresh := NewScope(l.scope, taken).Pick(fallback...)
	l.scope.Take(fresh)
	return fresh
}

// nameTypes keeps type parameters as they are unless they hide something that the generated
// code mentions: the handler, its receiver, the runtime, or a predeclared name.
func (l *locals) nameTypes() {
	s := NewScope(l.scope, l.declared())
	hidden := NewScope()
	hidden.Take(l.name)
	hidden.Take(types.Universe.Names()...)
	hidden.Take(l.Import("context"), l.Import(model.RuntimePath), l.Import(model.ImplPath), l.Import("iter"))
	if l.recv != nil {
		hidden.Take(l.recv.Type)
	}
	if l.front != nil {
		hidden.Take(l.front.Name)
	}
	// The types of the signature are repeated, so nothing that they mention may
	// be hidden by a name that was not there before.
	mentioned := NewScope(hidden)
	for _, x := range l.exprs {
		l.takeMentioned(mentioned, x)
	}
	for i, t := range l.typeParams {
		name := t.Name
		if name == "_" || hidden.Taken(name) || l.scope.Taken(name) || mentioned.Taken(name) {
			name = NewScope(s, mentioned).Pick("T"+strconv.Itoa(i+1), "TypeParam"+strconv.Itoa(i+1))
		}
		s.Take(name)
		l.scope.Take(name)
		l.types = append(l.types, name)
	}
}

// takeMentioned marks the names of the file and the package that x mentions as taken.
func (l *locals) takeMentioned(s *Scope, x *model.Expr) { takeMentioned(s, l.imports, x) }

func takeMentioned(s *Scope, in *imports, x *model.Expr) {
	s.Take(x.Idents(model.ScopeRef)...)
	eachImport(x, func(path, _ string) { s.Take(in.Import(path)) })
}

// receiverWord returns a name for a receiver that has none: the first letter of its type, as
// the type's other methods would probably have it.
func (s subject) receiverWord() string {
	typ := s.recv.Type
	if s.front != nil {
		typ = s.front.Name
	}
	r, _ := utf8.DecodeRuneInString(typ)
	if !unicode.IsLetter(r) {
		return "recv"
	}
	return string(unicode.ToLower(r))
}

// Import implements model.Naming.
func (l *locals) Import(path string) string { return l.imports.Import(path) }

// TypeParam implements model.Naming.
func (l *locals) TypeParam(i int) string { return l.types[i] }

// Local implements model.Naming.
func (l *locals) Local(name string) string {
	if l.front != nil && name == model.FrontTarget {
		return l.receiver + "." + l.target
	}
	if l.recv != nil && l.recv.Name == name {
		return l.receiver
	}
	if i := l.param(name); i >= 0 {
		return l.values[i]
	}
	return name
}

// param returns the index of the parameter that the source calls name, or -1.
func (s subject) param(name string) int {
	return slices.IndexFunc(s.params, func(p model.Param) bool { return p.Name == name })
}

// typeArgs returns the type arguments that instantiate the declarations of the subject within
// its own functions: "[K, V]", or "".
func (l *locals) typeArgs() string { return inBrackets(l.types) }

// recvArgs returns the type arguments of the receiver's type.
func (l *locals) recvArgs() string { return inBrackets(l.types[:len(l.types)-l.own]) }

// ownArgs returns the type arguments of a method.
func (l *locals) ownArgs() string { return inBrackets(l.types[len(l.types)-l.own:]) }

func inBrackets(types []string) string {
	if len(types) == 0 {
		return ""
	}
	return "[" + strings.Join(types, ", ") + "]"
}

// typeVars returns the type parameters of the subject's declarations.
func (l *locals) typeVars() []model.TypeVar {
	var list []model.TypeVar
	for i, t := range l.typeParams {
		list = append(list, model.TypeVar{Name: l.types[i], Constraint: t.Constraint.Text(l)})
	}
	return list
}

func (l *locals) recvType() string {
	t := l.recv.Type + l.recvArgs()
	if l.recv.Pointer {
		return "*" + t
	}
	return t
}
