package parse

import (
	"go/ast"
	"go/token"
	"maps"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// frontTarget is a type with directives over it that ask for one front.
type frontTarget struct {
	file      *file
	spec      *ast.TypeSpec
	directive *directive.Directive   // the first one
	all       []*directive.Directive // in the order of the source
	spreads   bool                   // they are about the methods themselves, and there is no front
	failed    bool                   // something has been reported
	made      *model.Front           // nil until it is built without a problem
	twoLoops  map[string]bool        // embedded types whose methods run on another loop, reported
}

// typeAt returns the type declaration whose doc comment holds pos.
func (f *file) typeAt(pos token.Pos) *ast.TypeSpec {
	for _, d := range f.ast.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.TypeSpec)
			if within(spec.Doc, pos) || within(gen.Doc, pos) && len(gen.Specs) == 1 {
				return spec
			}
		}
	}
	return nil
}

// typeDoc returns the documentation of a type.
func (f *file) typeDoc(spec *ast.TypeSpec) string {
	if spec.Doc != nil {
		return spec.Doc.Text()
	}
	for _, d := range f.ast.Decls {
		if gen, ok := d.(*ast.GenDecl); ok && len(gen.Specs) == 1 && gen.Specs[0] == ast.Spec(spec) {
			return gen.Doc.Text()
		}
	}
	return ""
}

// attachType records a directive over a type. All that are about calls in the same process ask
// for one front.
func (f *file) attachType(spec *ast.TypeSpec, d *directive.Directive) {
	for _, t := range f.fronts {
		if t.spec == spec && t.local() && isLocal(d) {
			t.all = append(t.all, d)
			return
		}
	}
	f.fronts = append(f.fronts, &frontTarget{file: f, spec: spec, directive: d, all: []*directive.Directive{d}})
}

// isLocal reports whether a directive over a type asks for a front in the same process.
func isLocal(d *directive.Directive) bool { return d.Mode != model.ModeRemote && !d.InPlace }

// local reports whether the front is one for calls in the same process.
func (t *frontTarget) local() bool { return isLocal(t.directive) && !t.spreads }

// far reports whether the front is one for calls from other processes.
func (t *frontTarget) far() bool { return t.directive.Mode == model.ModeRemote }

// base returns the name that the methods of the target have in their receivers.
func (t *frontTarget) base() string {
	if id, ok := t.file.receiverType(ast.NewIdent(t.spec.Name.Name)).(*ast.Ident); ok {
		return id.Name
	}
	return t.spec.Name.Name
}

// frontOf returns the front that directives over methods of a type add to, or nil. The methods are
// in a file of the unit.
func (u *unit) frontOf(base string, f *file, remote bool) *frontTarget {
	for _, home := range u.files {
		for _, t := range home.fronts {
			if (t.local() || t.far()) && t.far() == remote && t.base() == base && !home.constraint.Excludes(f.constraint) {
				return t
			}
		}
	}
	return nil
}

// over returns the directive of a mode over the type, or nil.
func (t *frontTarget) over(mode model.Mode) *directive.Directive {
	for _, d := range t.all {
		if d.Mode == mode {
			return d
		}
	}
	return nil
}

func (t *frontTarget) errorf(node ast.Node, code diag.Code, hint, format string, args ...any) {
	t.failed = true
	t.file.errorf(node, code, hint, format, args...)
}

// build adds the front and its methods to pkg, unless there is a problem.
func (t *frontTarget) build(pkg *model.Package) {
	front := t.front()
	if front == nil {
		t.failed, t.file.unit.incomplete = true, true
		return
	}
	set := &methodSet{target: t}
	methods, kind := set.methods()
	if kind == shapeNone {
		t.failed = true
		if !set.failed {
			t.errorf(t.directive, diag.TypeTarget, "put directives over the methods",
				"%s is neither a struct nor an ordinary interface, so it cannot have a front", t.spec.Name.Name)
		}
		return
	}
	front.Interface, front.Implements = kind == shapeInterface, kind == shapeInterface
	front.Same = t.directive.Same || front.Interface
	var handlers []*model.Handler
	for _, m := range methods {
		if m.file.skipped(m.node) || m.skip {
			front.Implements = false
			t.contradicted(m)
			continue
		}
		h := t.method(front, m)
		if h == nil {
			set.failed = true
			continue
		}
		front.Implements = front.Implements && implements(h)
		handlers = append(handlers, h)
	}
	t.failed = t.failed || set.failed
	if len(handlers) == 0 {
		if !t.failed {
			t.errorf(t.directive, diag.EmptyFront, "export a method, or remove the directive",
				"%s has no methods that a front could bridge", t.spec.Name.Name)
		}
		return
	}
	t.made = front
	pkg.Fronts = append(pkg.Fronts, front)
	pkg.Handlers = append(pkg.Handlers, handlers...)
}

// implements reports whether one of the functions for a method of an interface can stand for it.
func implements(h *model.Handler) bool {
	for _, d := range h.Directives {
		if d.Generated == h.Name && d.Same {
			return true
		}
	}
	return false
}

// front reads the directives and the declaration of the type itself.
func (t *frontTarget) front() *model.Front {
	f, d, name := t.file, t.directive, t.spec.Name.Name
	if !t.argumentsFit() || f.typeTwice(name) {
		return nil
	}
	front := &model.Front{
		Mode: model.ModeBridge, Target: name, NamePos: f.pos(d.Slash), Doc: f.typeDoc(t.spec),
		Source: &model.Source{Path: f.path, Test: f.test, Constraint: f.constraint},
		Loop:   model.LoopChoice{Kind: model.LoopField, Pos: f.pos(d.Slash), Name: "loop"},
	}
	if d.Mode == model.ModeRemote {
		front.Mode = d.Mode
	}
	if v := t.value("name"); v != nil {
		front.Name, front.NamePos = v.Text, f.pos(v.Start)
	} else {
		front.Name = t.naming().Front(front.Mode, name)
	}
	env := exprEnv{file: f, typeParams: map[string]int{}}
	b := &builder{target: &target{file: f, decl: &ast.FuncDecl{Type: &ast.FuncType{TypeParams: t.spec.TypeParams}}}, env: env, handler: &model.Handler{Name: name}}
	if !b.buildTypeParams() {
		return nil
	}
	front.TypeParams = b.handler.TypeParams
	if d.Mode == model.ModeRemote && !t.remote(front, b) || !t.readLoop(front, b) {
		return nil
	}
	return front
}

// readLoop reads loop=, if there is one.
func (t *frontTarget) readLoop(front *model.Front, b *builder) bool {
	for _, d := range t.all {
		switch {
		case d.Loop == nil:
		case d.Loop.Text == loopchoice.Default:
			front.Loop = model.LoopChoice{Kind: model.LoopDefault, Pos: t.file.pos(d.Loop.Start)}
		default:
			x, _, ok := b.loopExprIn(d, map[string]bool{model.FrontTarget: true})
			if !ok {
				return false
			}
			front.Loop = model.LoopChoice{Kind: model.LoopExpr, Pos: t.file.pos(d.Loop.Start), Expr: x}
		}
	}
	return true
}

// value returns the value of an argument of the front as a whole, or nil.
func (t *frontTarget) value(key string) *directive.Value {
	for _, d := range t.all {
		if v := ofFront(d, key); v != nil {
			return v
		}
	}
	return nil
}

// ofFront returns the value of an argument that is about a front and not about its methods.
func ofFront(d *directive.Directive, key string) *directive.Value {
	if key == "name" {
		return d.Name
	}
	return d.Loop
}

// argumentsFit reports an argument that a directive over a type cannot have, directives that
// stand there twice, and arguments of the front that several of them have.
func (t *frontTarget) argumentsFit() bool {
	ok := true
	for i, d := range t.all {
		if given := d.OfMethod(); given != nil {
			hint := "put a directive with " + given.Written() + " over each method that needs it"
			if t.local() {
				hint += ", and none over the type: a front has one loop"
			}
			t.errorf(given, diag.FrontArgument, hint,
				"%s is about one method, and a directive over a type about all of them", given.Written())
			ok = false
		}
		for _, first := range t.all[:i] {
			ok = t.fitTogether(first, d) && ok
		}
	}
	return ok
}

// fitTogether reports what one of two directives over a type has already.
func (t *frontTarget) fitTogether(first, d *directive.Directive) bool {
	if first.Mode == d.Mode {
		t.repeated(first, d, diag.DuplicateDirective, "//asyncgen:"+d.Mode.String()+" stands twice over "+t.spec.Name.Name)
		return false
	}
	ok := true
	for _, key := range []string{"name", "loop"} {
		one, other := ofFront(first, key), ofFront(d, key)
		if one != nil && other != nil {
			t.repeated(one, other, diag.DuplicateArgument, key+"= of the front of "+t.spec.Name.Name+" is written twice")
			ok = false
		}
	}
	return ok
}

func (t *frontTarget) repeated(first, second ast.Node, code diag.Code, message string) {
	t.failed = true
	t.file.problem(directive.Problem{
		Pos: second.Pos(), End: second.End(), Code: code, Message: message, Hint: "remove one of them",
		Other: first.Pos(), OtherMessage: "the first one",
	})
}

// method makes the handler for one method, or nil if it has been reported.
func (t *frontTarget) method(front *model.Front, m method) *model.Handler {
	f := m.file
	decl := &ast.FuncDecl{Name: m.name, Type: m.typ}
	b := &builder{
		target: &target{file: f, decl: decl}, env: m.env,
		handler: &model.Handler{
			Name: m.name.Name, Pos: f.pos(m.name.Pos()), Begin: f.pos(m.node.Pos()), End: f.pos(m.typ.End()),
			Doc: m.doc.Text(), Source: t.sourceOf(front, m), Front: front, TypeParams: front.TypeParams,
			Recv: &model.Receiver{Type: front.Target, Pointer: !front.Interface},
		},
	}
	if f.genericMethod(m.node, m.name.Name, t.placeOf(m)) {
		t.failed = true
		return nil
	}
	b.env.typeParams, b.env.args = map[string]int{}, maps.Clone(m.env.args)
	params := b.ownTypeParams() && b.buildParams()
	if !b.buildResults() || !params {
		if f.tree != t.file.tree {
			t.errorf(t.directive, diag.FrontMethod, t.foreignHint(m),
				"the signature of %s, which %s has from %s, mentions %s", m.name.Name, front.Target, f.tree.in.Path, m.unnameable())
		}
		return nil
	}
	if !t.importable(m, b.handler) {
		return nil
	}
	b.handler.HTTP = b.isHTTP()
	if front.Mode == model.ModeRemote {
		return t.remoteMethod(front, m, b)
	}
	if !t.functions(front, m, b) {
		return nil
	}
	return b.handler
}

// sourceOf returns the file that decides into which generated file a method goes.
func (t *frontTarget) sourceOf(front *model.Front, m method) *model.Source {
	f := m.file
	switch {
	case m.source != nil:
		return m.source
	case f.tree == t.file.tree && !front.Interface && (!f.constraint.IsZero() || f.test && !t.file.test):
		return &model.Source{Path: f.path, Test: f.test, Constraint: f.constraint}
	}
	return front.Source
}

// needs adds everything that the methods may need, since the methods are not known
// yet.
func (t *frontTarget) needs(n *Needs) {
	for _, f := range t.file.unit.files {
		n.Names = append(n.Names, f.doubtful()...)
		if dots := f.dotImports(); len(dots) > 1 {
			n.Exports = append(n.Exports, dots...)
		}
	}
}
