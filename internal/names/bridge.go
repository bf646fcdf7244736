package names

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asyncgen/asyncgen/internal/model"
)

// bridge names what is generated for one handler.
type bridge struct {
	planner *planner
	imports *imports
	file    *model.File
	h       *model.Handler

	local      *Scope // of the generated functions
	recv       string
	typeParams []string
	params     []string
	results    []string
	ctx        string // name of an added context parameter

	args, out   string // declared types, "" if not declared
	method      string // of remote handlers: the variable that describes it
	descriptors []model.Descriptor
}

// newBridge picks the package-level names for a handler.
func (p *planner) newBridge(h *model.Handler) *bridge {
	b := &bridge{planner: p, h: h}
	if h.Remote() != nil {
		b.declareRemote()
		return b
	}
	stem := h.Name
	if h.Recv != nil {
		stem = words(h.Recv.Type, h.Name)
	}
	if h.Front != nil {
		stem = words(h.Front.Name, h.Name)
	}
	if h.Recv == nil {
		stem = Lower(stem)
	}
	for i, o := range b.optionSets() {
		name := stem
		if i > 0 {
			name += optionWord(o)
		}
		d := model.Descriptor{Options: o}
		switch {
		case b.generic() && !h.HTTP:
			d.Name = p.declare(h, name+"Instances")
		case h.Recv != nil:
			d.Name = p.declare(h, name, name+"Bridge")
		default:
			// The bare word would be a package-level variable called get or len.
			d.Name = p.declare(h, name+"Bridge")
		}
		b.descriptors = append(b.descriptors, d)
	}
	if h.HTTP {
		return b // it needs no types of its own
	}
	b.args = p.declare(h, stem+"Args")
	if b.values() > 1 {
		b.out = p.declare(h, b.resultsName(stem))
	}
	return b
}

func (b *bridge) generic() bool { return len(b.h.TypeParams) > 0 }

// values returns the number of results that are not the error.
func (b *bridge) values() int {
	n := len(b.h.Results)
	if n > 0 && b.h.Results[n-1].Error {
		n--
	}
	return n
}

func contextParam(h *model.Handler) int {
	for i, p := range h.Params {
		if p.Context {
			return i
		}
	}
	return -1
}

// optionsOf returns the options that matter for a directive. Only a caller that
// waits can abandon or deadlock.
func optionsOf(d model.Directive) model.Options {
	if d.Mode != model.ModeBridge {
		return model.Options{}
	}
	return d.Options
}

// optionSets returns the distinct sets of options that the directives of a
// handler have, in their order.
func (b *bridge) optionSets() []model.Options {
	var sets []model.Options
	for _, d := range b.h.Directives {
		o := optionsOf(d)
		known := false
		for _, s := range sets {
			known = known || s == o
		}
		if !known {
			sets = append(sets, o)
		}
	}
	return sets
}

func optionWord(o model.Options) string {
	word := ""
	if o.Abandon {
		word += "Abandon"
	}
	if o.NonReentrant {
		word += "NonReentrant"
	}
	if o.Body > 0 {
		word += "Body" + strconv.Itoa(o.Body)
	}
	if o.Buffer > 0 {
		word += "Buffer" + strconv.Itoa(o.Buffer)
	}
	if o.Direct {
		word += "Direct"
	}
	if o.Chunk > 0 {
		word += "By" + strconv.Itoa(o.Chunk)
	}
	if word == "" {
		return "Plain"
	}
	return word
}

// exportResults reports whether users can name the handler, and so should be
// able to name the type that its futures deliver.
func (b *bridge) exportResults() bool {
	if b.h.Recv != nil && !ast.IsExported(b.h.Recv.Type) || !ast.IsExported(b.h.Name) {
		return false
	}
	for _, d := range b.h.Directives {
		if d.Mode == model.ModeAsync {
			return true
		}
	}
	return false
}

func (b *bridge) resultsName(stem string) string {
	if !b.exportResults() {
		return stem + "Results"
	}
	if b.h.Recv != nil {
		return b.h.Recv.Type + Upper(b.h.Name) + "Results"
	}
	return b.h.Name + "Results"
}

// build names everything inside a handler's bridge, once imports are known.
func (b *bridge) build() model.Bridge {
	b.nameLocals()
	if b.h.Remote() != nil {
		return b.remote()
	}
	h := b.h
	out := model.Bridge{Source: h, Link: h.Name, Descriptors: b.descriptors}
	if h.Recv != nil {
		out.Link = h.Recv.Type + "." + h.Name
		out.Recv = &model.Var{Name: b.recv, Type: b.recvType()}
	}
	if h.Front != nil {
		out.Recv.Type = "*" + h.Front.Name + b.typeArgs()
	}
	out.Title = b.planner.pkg.Name + "." + out.Link
	for i, t := range h.TypeParams {
		out.TypeParams = append(out.TypeParams, model.TypeVar{Name: b.typeParams[i], Constraint: t.Constraint.Text(b)})
	}
	b.signature(&out)
	out.Callee = b.callee()
	if h.HTTP {
		for _, d := range h.Directives {
			out.Wrappers = append(out.Wrappers, b.httpWrapper(out, d))
		}
		return out
	}
	out.Guard = b.guard(out)
	out.Args = b.argsStruct(out)
	out.Out = b.outStruct(out)
	out.Run = b.run(out)
	for _, d := range h.Directives {
		out.Wrappers = append(out.Wrappers, b.wrapper(out, d))
	}
	return out
}

// signature adds the handler's parameters and results.
func (b *bridge) signature(out *model.Bridge) {
	for i, p := range b.h.Params {
		out.Params = append(out.Params, model.Var{Name: b.params[i], Type: p.Type.Text(b), Variadic: p.Variadic, Context: p.Context})
	}
	for i, r := range b.h.Results {
		out.Results = append(out.Results, model.Var{Name: b.results[i], Type: r.Type.Text(b), Error: r.Error})
	}
}

// Import implements model.Naming.
func (b *bridge) Import(path string) string { return b.imports.Import(path) }

// TypeParam implements model.Naming.
func (b *bridge) TypeParam(i int) string { return b.typeParams[i] }

// Local implements model.Naming.
func (b *bridge) Local(name string) string {
	if b.h.Front != nil && name == model.FrontTarget {
		return b.recv + "." + b.planner.frontFields(b.h.Front).target
	}
	if b.h.Recv != nil && (b.h.Recv.Name == name || b.h.InPlace && name == model.FrontTarget && !b.isParam(name)) {
		return b.recv
	}
	for i, p := range b.h.Params {
		if p.Name == name {
			return b.params[i]
		}
	}
	return name
}

func (b *bridge) isParam(name string) bool {
	return slices.ContainsFunc(b.h.Params, func(p model.Param) bool { return p.Name == name })
}

// typeArgs returns the type arguments that instantiate b's declarations within
// its own functions: "[K, V]", or "".
func (b *bridge) typeArgs() string {
	if !b.generic() {
		return ""
	}
	return "[" + strings.Join(b.typeParams, ", ") + "]"
}

func (b *bridge) recvType() string {
	t := b.h.Recv.Type + b.typeArgs()
	if b.h.Recv.Pointer {
		return "*" + t
	}
	return t
}

// callee returns the handler as an expression.
func (b *bridge) callee() string {
	if b.h.Recv == nil {
		return b.h.Called() + b.typeArgs()
	}
	t := b.recvType()
	if b.h.Recv.Pointer {
		t = "(" + t + ")"
	}
	return t + "." + b.h.Called()
}

// guard returns the handler's type as a function, receiver first.
func (b *bridge) guard(out model.Bridge) string {
	var params, results []string
	if out.Recv != nil {
		params = append(params, b.recvType())
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

// argsStruct names the fields after what they carry. The type has the methods
// Run and Handler, so no field can have these names.
func (b *bridge) argsStruct(out model.Bridge) model.Struct {
	s := model.Struct{Name: b.args + b.typeArgs(), Base: b.args, Declared: true}
	taken := NewScope()
	taken.Take("Run", "Handler")
	add := func(v model.Var) {
		s.Fields = append(s.Fields, model.Field{Name: taken.Pick(v.Name), Type: v.Type, Value: v.Name})
	}
	switch {
	case b.h.Front != nil:
		field := b.planner.frontFields(b.h.Front).target
		s.Fields = append(s.Fields, model.Field{Name: taken.Pick(field), Type: b.recvType(), Value: out.Recv.Name + "." + field})
	case out.Recv != nil:
		add(*out.Recv)
	}
	for _, p := range out.Params {
		if p.Variadic {
			p.Type = "[]" + p.Type
		}
		if !p.Context {
			add(p)
		}
	}
	return s
}

func (b *bridge) outStruct(out model.Bridge) model.Struct {
	switch n := b.values(); n {
	case 0:
		return model.Struct{Name: "struct{}", Base: "struct{}"}
	case 1:
		return model.Struct{Name: out.Results[0].Type, Base: out.Results[0].Type}
	default:
		s := model.Struct{Name: b.out + b.typeArgs(), Base: b.out, Declared: true}
		taken := NewScope()
		for i, r := range out.Results[:n] {
			s.Fields = append(s.Fields, model.Field{Name: b.resultField(taken, i, r), Type: r.Type})
		}
		return s
	}
}

// resultField names a field of the results struct after the result.
func (b *bridge) resultField(taken *Scope, i int, r model.Var) string {
	numbered := "r" + strconv.Itoa(i)
	if r.Name == "" || r.Name == "_" {
		r.Name = numbered
	}
	if !b.exportResults() {
		return taken.Pick(r.Name, numbered)
	}
	name := Upper(r.Name)
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsUpper(first) {
		name = Upper(numbered)
	}
	return taken.Pick(name, Upper(numbered))
}
