package parse

import (
	"cmp"
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// functions adds to a handler what the front has of its method. For each mode the directives over the
// method itself count; without any, the one over the type does. It reports false if something has been
// reported.
func (t *frontTarget) functions(front *model.Front, m method, b *builder) bool {
	own := t.ownDirectives(m)
	ok := len(own) == 0 || t.oneLoop(front, m, own[0])
	for _, mode := range model.LocalModes() {
		whole, some := t.over(mode), false
		for _, d := range own {
			if d.Mode == mode {
				some, ok = true, t.refine(front, m, b, whole, d) && ok
			}
		}
		if whole != nil && !some && !t.onlyRefined(m) && b.takes(mode) {
			ok = t.add(front, m, b, whole) && ok
		}
	}
	if ok && len(b.handler.Directives) == 0 {
		t.nothing(m, b)
		return false
	}
	return ok
}

// takes reports whether a directive over a type adds a function of a mode for the method. What has a
// consumer or a client has to be waited for.
func (b *builder) takes(mode model.Mode) bool {
	return mode == model.ModeBridge || !b.handler.HTTP && b.handler.Stream() == model.NoStream
}

// nothing reports a method that the front does not have, because the directives over the type are
// for other methods.
func (t *frontTarget) nothing(m method, b *builder) {
	what := "returns a stream"
	if b.handler.HTTP {
		what = "is an HTTP handler"
	}
	at := t.placeOf(m)
	t.failed = true
	at.file.errorf(at.node, diag.FrontMethod, "put //asyncgen:bridge over the method or the type, or //asyncgen:skip over the method",
		"%s %s, and //asyncgen:%s over %s does not wait for it", m.name.Name, what, t.directive.Mode, t.spec.Name.Name)
}

// add adds the function that a directive over the type asks for.
func (t *frontTarget) add(front *model.Front, m method, b *builder, d *directive.Directive) bool {
	out := model.Directive{
		Pos: m.file.pos(m.name.Pos()), NamePos: t.file.pos(d.Slash), Mode: d.Mode,
		Loop: front.Loop,
		Same: d.Same || front.Interface && d.Mode == model.ModeBridge, Options: b.frontOptions(d),
	}
	out.Generated, b.handler.Stem = t.methodName(front, m.name.Name, d.Mode)
	var ok bool
	if out.Same, ok = t.followsConvention(m, b, d.Mode, out.Same); !ok {
		return false
	}
	if !out.Same && !b.checkStreamError(t.placeOf(m), "put //asyncgen:skip over the method, or add signature=same over "+front.Target) {
		return false
	}
	b.handler.Directives = append(b.handler.Directives, out)
	return true
}

// refine adds the function that a directive over the method asks for. It has the arguments of the
// directive of the same mode over the type too, which may be nil.
func (t *frontTarget) refine(front *model.Front, m method, b *builder, whole, d *directive.Directive) bool {
	f := m.file
	out := model.Directive{
		Pos: f.pos(d.Slash), NamePos: f.pos(d.Slash), Mode: d.Mode,
		Loop: front.Loop,
		Same: d.Same || front.Interface && d.Mode == model.ModeBridge,
		Options: model.Options{
			Abandon: d.Abandon, NonReentrant: d.NonReentrant, Chunk: d.Chunk, Body: d.Body, Buffer: d.Buffer, Direct: d.Direct,
		},
	}
	if d.Name != nil {
		out.Generated, out.NamePos = d.Name.Text, f.pos(d.Name.Start)
	} else {
		out.Generated, b.handler.Stem = t.methodName(front, b.handler.Name, d.Mode)
	}
	// The loop of an embedded type's own functions is not that of the front.
	ok := !t.declares(m) || t.refinable(f, d, "inplace", "key", "loop")
	out.Same = out.Same || whole != nil && whole.Same
	if ok = b.checkStream(d, out.Same) && b.checkHTTP(d) && ok; !ok {
		t.failed = true
		return false
	}
	if whole != nil {
		out.Options = refined(b.frontOptions(whole), out.Options)
	}
	if !b.checkConvention(d, &out) {
		return false
	}
	b.handler.Directives = append(b.handler.Directives, out)
	return true
}

// frontOptions returns the options of a directive over a type that apply to one of
// its methods. Options for methods of another kind do not.
func (b *builder) frontOptions(d *directive.Directive) model.Options {
	o := model.Options{NonReentrant: d.NonReentrant}
	switch {
	case b.handler.HTTP:
		o.Body, o.Buffer, o.Direct = d.Body, d.Buffer, d.Direct
	case b.handler.Stream() != model.NoStream:
		o.Chunk = d.Chunk
	default:
		o.Abandon = d.Abandon
	}
	return o
}

// refined returns the options of a directive over a type with those of one over a method put in
// their place.
func refined(whole, own model.Options) model.Options {
	if own.Direct {
		whole.Body, whole.Buffer = 0, 0
	}
	if own.Body != 0 || own.Buffer != 0 {
		whole.Direct = false
	}
	return model.Options{
		Abandon: whole.Abandon || own.Abandon, NonReentrant: whole.NonReentrant || own.NonReentrant,
		Chunk: cmp.Or(own.Chunk, whole.Chunk), Body: cmp.Or(own.Body, whole.Body), Buffer: cmp.Or(own.Buffer, whole.Buffer),
		Direct: whole.Direct || own.Direct,
	}
}

// refinable reports arguments of a directive over a method that belong to the one over
// the type, or to neither.
func (t *frontTarget) refinable(f *file, d *directive.Directive, keys ...string) bool {
	ok := true
	for _, key := range keys {
		given, name := d.Argument(key), t.spec.Name.Name
		if given == nil {
			continue
		}
		ok, t.failed = false, true
		switch key {
		case "inplace":
			f.errorf(given, diag.FrontArgument, "remove inplace, or the directive over the type",
				"a method is either bridged in place or by the front of %s", name)
		case "key":
			f.errorf(given, diag.FrontArgument, "remove key=, or the directive over the type",
				"key= chooses among several loops, and the front of %s has one", name)
		default:
			f.errorf(given, diag.FrontArgument, "remove it, or the directive over the type",
				"%s= belongs to the directive over the type %s, which makes the front", key, name)
		}
	}
	return ok
}

// written returns the directives of a method's own doc comment.
func (f *file) written(node ast.Node) []*directive.Directive {
	var list []*directive.Directive
	for _, t := range f.targets {
		if ast.Node(t.decl) != node {
			continue
		}
		for _, d := range t.directives {
			if within(t.decl.Doc, d.Slash) {
				list = append(list, d)
			}
		}
	}
	for _, m := range f.members {
		if m.node == node {
			list = append(list, m.directive)
		}
	}
	return list
}

// ownDirectives returns the directives over a method that the front follows. Those of other packages
// are about what is generated there. Those that are in place are only for the type that they are written for.
func (t *frontTarget) ownDirectives(m method) []*directive.Directive {
	var list []*directive.Directive
	if m.file.tree != t.file.tree {
		return nil
	}
	for _, d := range m.file.written(m.node) {
		if d.Mode != model.ModeRemote && (!d.InPlace || t.declares(m)) {
			m.file.followed(d)
			list = append(list, d)
		}
	}
	return list
}

// declares reports whether the method is one of the target's own, and not of a type that it embeds.
func (t *frontTarget) declares(m method) bool {
	decl, ok := m.node.(*ast.FuncDecl)
	return !ok || m.file.receiverOf(decl).base == t.base()
}

// onlyRefined reports whether a method belongs to the front because of its own directives only: other
// packages, or files that are no tests, do not have it.
func (t *frontTarget) onlyRefined(m method) bool {
	_, listed := m.node.(*ast.Field)
	return !listed && !ast.IsExported(m.name.Name) || m.file.test && !t.file.test
}

// refinedMethod reports whether a front has a method because of the directives over it.
func (t *frontTarget) refinedMethod(m method) bool {
	if m.file == nil || m.file.tree != t.file.tree || !t.local() {
		return false
	}
	for _, d := range m.file.written(m.node) {
		if d.Mode != model.ModeRemote {
			return true
		}
	}
	return false
}

// oneLoop reports a method of an embedded type that its own directive runs on another loop than the front's.
func (t *frontTarget) oneLoop(front *model.Front, m method, d *directive.Directive) bool {
	decl, ok := m.node.(*ast.FuncDecl)
	if !ok || t.declares(m) || front.Loop.Kind != model.LoopField {
		return true
	}
	base := m.file.receiverOf(decl).base
	if m.file.unit.frontOf(base, m.file, false) != nil {
		return true
	}
	if t.twoLoops[base] {
		return false
	}
	if t.twoLoops == nil {
		t.twoLoops = map[string]bool{}
	}
	t.twoLoops[base], t.failed = true, true
	t.file.problem(directive.Problem{
		Pos: t.directive.Pos(), End: t.directive.End(), Code: diag.FrontMethod,
		Message: m.name.Name + " would run on two loops: on the front's, and on that of " + base + ", which " + t.spec.Name.Name + " embeds",
		Hint:    "put a directive over the type " + base + " too, name its loop here with loop=, or put //asyncgen:skip over the embedded field",
		Other:   d.Pos(), OtherMessage: "the directive over the method",
	})
	return false
}

// contradicted reports directives over a method that the front leaves out.
func (t *frontTarget) contradicted(m method) {
	if m.file.tree != t.file.tree || !m.file.skipped(m.node) {
		return
	}
	for _, d := range m.file.written(m.node) {
		if m.file.followed(d) {
			t.failed = true
			m.file.errorf(d, diag.FrontMethod, "remove one of them",
				"//asyncgen:skip leaves %s out of the front, and //asyncgen:%s asks for it", m.name.Name, d.Mode)
		}
	}
}

// memberMark is a directive over a method of an interface.
type memberMark struct {
	directive *directive.Directive
	node      *ast.Field
}

// followed marks a directive as one that a front follows. It reports false if it is one already.
func (f *file) followed(d *directive.Directive) bool {
	if f.inFronts[d] {
		return false
	}
	if f.inFronts == nil {
		f.inFronts = map[*directive.Directive]bool{}
	}
	f.inFronts[d] = true
	return true
}

// refines reports whether d is a directive over a method of a type with a front. It is then about
// that front's method.
func (t *target) refines(d *directive.Directive) bool { return t.frontFor(d) != nil }

// frontFor returns the front that d adds to, or nil.
func (t *target) frontFor(d *directive.Directive) *frontTarget {
	if t.decl.Recv == nil || !within(t.decl.Doc, d.Slash) {
		return nil
	}
	return t.file.unit.frontOf(t.file.receiverOf(t.decl).base, t.file, d.Mode == model.ModeRemote)
}

// uselessDirectives reports directives over methods that no front has.
func (u *unit) uselessDirectives() {
	for _, f := range u.files {
		for _, t := range f.targets {
			for _, d := range t.directives {
				front := t.frontFor(d)
				if front == nil || front.failed || f.inFronts[d] {
					continue
				}
				f.errorf(d, diag.FrontMethod, "remove it, or export the method",
					"//asyncgen:%s has no effect: the front of %s does not have the method %s", d.Mode, front.spec.Name.Name, t.decl.Name.Name)
			}
		}
		for _, m := range f.members {
			f.uselessMember(m)
		}
	}
}

// uselessMember reports a directive over a method of an interface that no front has.
func (f *file) uselessMember(m memberMark) {
	remote := m.directive.Mode == model.ModeRemote
	front := f.frontAround(m.node, remote)
	switch {
	case f.inFronts[m.directive] || front != nil && front.failed:
	case remote && f.frontAround(m.node, false) != nil:
		f.errorf(m.directive, diag.NotAHandler, "put //asyncgen:remote over the interface too",
			"the front of the interface is not one for calls from other processes")
	default:
		f.errorf(m.directive, diag.NotAHandler, "put a directive over the interface too, which gives it a front",
			"a method of an interface without a front cannot carry a directive")
	}
}

// frontAround returns the front of the interface that a method is declared in, or nil.
func (f *file) frontAround(node *ast.Field, remote bool) *frontTarget {
	for _, t := range f.fronts {
		if t.far() == remote && t.spec.Pos() <= node.Pos() && node.End() <= t.spec.End() {
			return t
		}
	}
	return nil
}
