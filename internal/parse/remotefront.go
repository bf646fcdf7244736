package parse

import (
	"go/ast"
	"path/filepath"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// remote completes a front of remote methods. b has the type's parameters.
func (t *frontTarget) remote(front *model.Front, b *builder) bool {
	d, name := t.directive, t.spec.Name.Name
	if len(front.TypeParams) > 0 {
		t.errorf(d, diag.RemoteMisuse, "declare a type for each instantiation that is to be called",
			"%s is generic, and a worker answers calls of one signature", name)
		return false
	}
	front.Register = "Register" + ident.Upper(name)
	if !ast.IsExported(name) && !t.naming().Exports() {
		front.Register = ident.Lower(front.Register)
	}
	if d.Loop != nil {
		return true
	}
	b.handler.Recv = &model.Receiver{Type: name}
	kind, c, ok := b.findField(d)
	front.Loop.Kind, front.Loop.Name = kind, c.Name
	return ok
}

// remoteMethod makes the handler for one method of a remote front, or nil if it has been
// reported. b has its signature.
func (t *frontTarget) remoteMethod(front *model.Front, m method, b *builder) *model.Handler {
	same, ok := t.followsConvention(m, b, front.Mode, front.Same)
	if ok = t.registered(front, m, b.handler) && ok; !ok {
		return nil
	}
	d := t.directive
	if own := t.refinement(m); own != nil {
		if !t.refinable(m.file, own, "name", "loop", "service") {
			return nil
		}
		d = own
	}
	if fn, ok := m.node.(*ast.FuncDecl); ok {
		b.receiver = m.file.receiverOf(fn).name
	}
	choice, ok := t.remoteLoop(front, b, d)
	if ok = b.checkRemote(d, t.placeOf(m), "put //asyncgen:skip over the method") && ok; !ok {
		return nil
	}
	r, ok := b.remote(d)
	if !ok {
		return nil
	}
	// The scope of the directive over the type is the file of the type.
	r.Errors, ok = (&builder{target: &target{file: t.file}, env: exprEnv{file: t.file}, handler: b.handler}).errors(t.directive)
	r.Shared = true
	if d != t.directive && d.Errors != nil {
		own, fine := b.errors(d)
		r.Errors, r.Shared, ok = union(r.Errors, own), false, ok && fine
	}
	r.Register, r.Service = "", t.file.service(t.directive, front.Target)
	generated, _ := t.methodName(front, m.name.Name, front.Mode)
	b.handler.Directives = []model.Directive{{
		Pos: m.file.pos(m.name.Pos()), NamePos: front.NamePos, Mode: model.ModeRemote, Generated: generated,
		Loop: choice, Same: same, Remote: r,
	}}
	if !ok {
		return nil
	}
	return b.handler
}

// registered reports a method whose code goes into another file than the front's, because only some builds have it:
// the function of the front's file that registers the methods cannot mention it.
func (t *frontTarget) registered(front *model.Front, m method, h *model.Handler) bool {
	if h.Source.Path == front.Source.Path {
		return true
	}
	m.file.errorf(m.name, diag.RemoteMisuse,
		"declare it in "+filepath.Base(front.Source.Path)+", where it may call functions of other files; or put //asyncgen:skip over it",
		"the method %s is declared in %s, and workers register the methods of %s in every build",
		m.name.Name, filepath.Base(h.Source.Path), front.Target)
	return false
}

// remoteLoop returns the loop that runs a method of a worker.
func (t *frontTarget) remoteLoop(front *model.Front, b *builder, d *directive.Directive) (model.LoopChoice, bool) {
	choice, kind := front.Loop, loopchoice.Loop
	key, ok := b.readKey(d)
	if !ok {
		return choice, false
	}
	choice.Key = key
	switch choice.Kind {
	case model.LoopField:
		kind = t.fieldKind(choice.Name)
	case model.LoopExpr:
		kind = loopchoice.Unclear
	}
	return choice, b.keyFits(d, kind)
}

// fieldKind returns the kind of a loop field of the type.
func (t *frontTarget) fieldKind(name string) loopchoice.Kind {
	b := &builder{target: &target{file: t.file}, handler: &model.Handler{Recv: &model.Receiver{Type: t.spec.Name.Name}}}
	for _, c := range append(b.fields(), b.typedFields()...) {
		if c.Name == name && c.Kind != loopchoice.Unclear {
			return c.Kind
		}
	}
	return loopchoice.Unclear
}

// refinement returns the remote directive over a method, or nil.
func (t *frontTarget) refinement(m method) *directive.Directive {
	if m.file.tree != t.file.tree {
		return nil
	}
	for _, d := range m.file.written(m.node) {
		if d.Mode == model.ModeRemote {
			m.file.followed(d)
			return d
		}
	}
	return nil
}

// place is where something is to be reported.
type place struct {
	file *file
	node ast.Node
}

// placeOf returns the method, or the directive if that is in another package.
func (t *frontTarget) placeOf(m method) place {
	if m.file.tree == t.file.tree {
		return place{m.file, m.name}
	}
	return place{t.file, t.directive}
}

// union appends the errors that are not in list yet.
func union(list, more []model.ErrorRef) []model.ErrorRef {
	known := map[string]bool{}
	for _, e := range list {
		known[e.Name] = true
	}
	for _, e := range more {
		if !known[e.Name] {
			list = append(list, e)
		}
	}
	return list
}
