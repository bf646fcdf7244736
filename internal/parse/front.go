package parse

import (
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// frontTarget is a type with a directive over it.
type frontTarget struct {
	file      *file
	spec      *ast.TypeSpec
	directive *directive.Directive
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

func (t *frontTarget) errorf(node ast.Node, code diag.Code, hint, format string, args ...any) {
	t.file.errorf(node, code, hint, format, args...)
}

// build adds the front and its methods to pkg, unless there is a problem.
func (t *frontTarget) build(pkg *model.Package) {
	front := t.front()
	if front == nil {
		return
	}
	set := &methodSet{target: t}
	methods, kind := set.methods()
	if kind == shapeNone {
		if set.failed {
			return
		}
		t.errorf(t.directive, diag.TypeTarget, "put directives over the methods",
			"%s is neither a struct nor an ordinary interface, so it cannot have a front", t.spec.Name.Name)
		return
	}
	front.Interface = kind == shapeInterface
	front.Same = t.directive.Same || front.Interface
	var handlers []*model.Handler
	for _, m := range methods {
		if m.file.skipped(m.node) || m.skip {
			front.Partial = true
			continue
		}
		h := t.method(front, m)
		if h == nil {
			set.failed = true
			continue
		}
		handlers = append(handlers, h)
	}
	if len(handlers) == 0 {
		if !set.failed {
			t.errorf(t.directive, diag.EmptyFront, "export a method, or remove the directive",
				"%s has no methods that a front could bridge", t.spec.Name.Name)
		}
		return
	}
	pkg.Fronts = append(pkg.Fronts, front)
	pkg.Handlers = append(pkg.Handlers, handlers...)
}

// front reads the directive and the declaration of the type itself.
func (t *frontTarget) front() *model.Front {
	f, d, name := t.file, t.directive, t.spec.Name.Name
	if d.Mode != model.ModeBridge && d.Mode != model.ModeRemote {
		t.errorf(d, diag.TypeTarget, "use //asyncgen:bridge or //asyncgen:remote, or put the directive over the methods",
			"//asyncgen:%s cannot be over a type", d.Mode)
		return nil
	}
	if !t.argumentsFit() || f.typeTwice(name) {
		return nil
	}
	front := &model.Front{
		Mode: d.Mode, Target: name, Name: name + d.Mode.Suffix(), NamePos: f.pos(d.Slash),
		Source: &model.Source{Path: f.path, Test: f.test, Constraint: f.constraint},
		Loop:   model.LoopChoice{Kind: model.LoopField, Pos: f.pos(d.Slash), Name: "loop"},
	}
	if d.Name != nil {
		front.Name, front.NamePos = d.Name.Text, f.pos(d.Name.Start)
	}
	env := exprEnv{file: f, typeParams: map[string]int{}}
	b := &builder{target: &target{file: f, decl: &ast.FuncDecl{Type: &ast.FuncType{TypeParams: t.spec.TypeParams}}}, env: env, handler: &model.Handler{Name: name}}
	if !b.buildTypeParams() {
		return nil
	}
	front.TypeParams = b.handler.TypeParams
	if d.Mode == model.ModeRemote && !t.remote(front, b) {
		return nil
	}
	switch {
	case d.Loop == nil:
	case d.Loop.Text == loopchoice.Default:
		front.Loop = model.LoopChoice{Kind: model.LoopDefault, Pos: f.pos(d.Loop.Start)}
	default:
		x, _, ok := b.loopExprIn(d, map[string]bool{model.FrontTarget: true})
		if !ok {
			return nil
		}
		front.Loop = model.LoopChoice{Kind: model.LoopExpr, Pos: f.pos(d.Loop.Start), Expr: x}
	}
	return front
}

// argumentsFit reports an argument that a directive over a type cannot have.
func (t *frontTarget) argumentsFit() bool {
	given := t.directive.OfMethod()
	if given == nil {
		return true
	}
	t.errorf(given, diag.FrontArgument, "put a directive with "+given.Written()+" over each method that needs it",
		"%s is about one method, and a directive over a type about all of them", given.Written())
	return false
}

// method makes the handler for one method, or nil if it has been reported.
func (t *frontTarget) method(front *model.Front, m method) *model.Handler {
	f, d := m.file, t.directive
	source := front.Source
	if f.tree == t.file.tree && !front.Interface && !f.constraint.IsZero() {
		source = &model.Source{Path: f.path, Test: f.test, Constraint: f.constraint}
	}
	if m.source != nil {
		source = m.source
	}
	decl := &ast.FuncDecl{Name: m.name, Type: m.typ}
	b := &builder{
		target: &target{file: f, decl: decl}, env: m.env,
		handler: &model.Handler{
			Name: m.name.Name, Pos: f.pos(m.name.Pos()), Begin: f.pos(m.node.Pos()), End: f.pos(m.typ.End()),
			Doc: m.doc.Text(), Source: source, Front: front, TypeParams: front.TypeParams,
			Recv: &model.Receiver{Type: front.Target, Pointer: !front.Interface},
		},
	}
	params := b.buildParams()
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
	same, ok := t.followsConvention(m, b)
	if !ok {
		return nil
	}
	b.handler.HTTP = b.isHTTP()
	if front.Mode == model.ModeRemote {
		return t.remoteMethod(front, m, b, same)
	}
	if !same && !b.checkStreamError(t.placeOf(m), "put //asyncgen:skip over the method, or add signature=same over "+front.Target) {
		return nil
	}
	b.handler.Directives = []model.Directive{{
		Pos: f.pos(m.name.Pos()), NamePos: front.NamePos, Mode: model.ModeBridge, Generated: m.name.Name,
		Loop: front.Loop, Same: same,
		Options: b.frontOptions(d),
	}}
	return b.handler
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
