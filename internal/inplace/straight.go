package inplace

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Package is a package in which handlers have got their other names already.
type Package struct {
	Fset    *token.FileSet
	Files   []*ast.File
	Types   *types.Package
	Info    *types.Info
	Bridges []model.Bridge
	// Mentioned reports whether files that are not among Files mention a name.
	Mentioned func(name string) bool
}

// Straight returns the edits that have calls on a handler's own loop go to the handler, by path.
//
// A call is on the loop of a handler if the handler makes it, in its own body and not in a goroutine or in a
// function that somebody else may call; or if a function makes it that only such calls lead to. It
// stays on the loop if its own loop is the same one by name, or that of the same variable. Neither
// may be assigned: a variable of the package nowhere but in init, a field not in the function.
func Straight(p Package) map[string][]Edit {
	a := &analysis{Package: p, functions: map[*types.Func]*function{}, bridges: map[*types.Func]*model.Handler{}, bodies: map[*model.Handler]*types.Func{}}
	a.moved = a.assignedAnywhere()
	a.declare()
	for _, f := range p.Files {
		a.sitesIn(f)
	}
	a.settle()
	edits := map[string][]Edit{}
	for _, s := range a.sites {
		if h := a.straight(s); h != nil {
			pos := p.Fset.PositionFor(s.name.Pos(), false)
			edits[pos.Filename] = append(edits[pos.Filename], Edit{pos.Offset, len(s.name.Name), h.Body})
		}
	}
	return edits
}

type analysis struct {
	Package
	functions map[*types.Func]*function
	bridges   map[*types.Func]*model.Handler
	bodies    map[*model.Handler]*types.Func
	sites     []site
	called    map[*ast.Ident]bool // the names at sites
	moved     map[*types.Var]bool // variables of the package that do not keep what they begin with
}

// A site is a call that a function makes by itself.
type site struct {
	caller *function
	callee *types.Func
	name   *ast.Ident
	call   *ast.CallExpr
	on     ast.Expr // what the method is called on, or nil
	info   *types.Info
}

// declare finds the functions of the package, and which of them are handlers and bridges.
func (a *analysis) declare() {
	a.called = map[*ast.Ident]bool{}
	for _, f := range a.Files {
		generated := model.GeneratedName(a.Fset.PositionFor(f.FileStart, false).Filename)
		for _, d := range f.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			obj, _ := a.Info.Defs[decl.Name].(*types.Func)
			if obj == nil {
				continue
			}
			h := a.handlerNamed(obj, generated)
			if h != nil && generated {
				a.bridges[obj] = h
				continue
			}
			if h != nil {
				a.bodies[h] = obj
			}
			a.functions[obj] = a.function(decl, h, generated)
		}
	}
}

// handlerNamed returns the handler that is declared as obj, or, in a generated file, has obj as its bridge.
func (a *analysis) handlerNamed(obj *types.Func, generated bool) *model.Handler {
	base := ""
	if recv := obj.Signature().Recv(); recv != nil {
		base = baseName(recv.Type())
	}
	for _, b := range a.Bridges {
		h, own := b.Source, ""
		if h.Recv != nil {
			own = h.Recv.Type
		}
		name := h.Body
		if generated {
			name = h.Name
		}
		if own == base && name == obj.Name() {
			return h
		}
	}
	return nil
}

func baseName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// function makes a function that, unless it is the handler h, runs where its callers do.
func (a *analysis) function(decl *ast.FuncDecl, h *model.Handler, generated bool) *function {
	f := &function{handler: h}
	assigned := a.assigned(decl)
	named := func(list *ast.FieldList) (vars []*types.Var) {
		if list == nil {
			return nil
		}
		for _, field := range list.List {
			for _, name := range field.Names {
				v, _ := a.Info.Defs[name].(*types.Var)
				if assigned[v] {
					v = nil
				}
				vars = append(vars, v)
			}
			if len(field.Names) == 0 {
				vars = append(vars, nil)
			}
		}
		return vars
	}
	f.params = named(decl.Type.Params)
	if recv := named(decl.Recv); len(recv) > 0 {
		f.recv = recv[0]
	}
	switch name := decl.Name.Name; {
	case f.handler != nil:
		f.place, f.settled = a.placeOf(f.handler), true
	case generated || ast.IsExported(name) || name == "main" || name == "init" || decl.Body == nil || a.Mentioned(name):
		f.settled = true
	}
	return f
}

// settle finds out where functions run that are no handlers: where all who call them do.
func (a *analysis) settle() {
	for id, obj := range a.Info.Uses {
		if f := a.functions[origin(obj)]; f != nil && !f.settled && !a.called[id] {
			f.disowned = true
		}
	}
	for changed := true; changed; {
		changed = false
		for _, s := range a.sites {
			f := a.functions[s.callee]
			if f == nil || f.settled || f.disowned {
				continue
			}
			at, running := s.leadsTo()
			switch {
			case !running:
				continue
			case len(at) == 0:
				f.disowned, changed = true, true
			case !f.reached:
				f.place, f.reached, changed = at[0], true, true
			case !slices.Contains(at, f.place):
				f.disowned, changed = true, true
			}
		}
	}
}

// runs reports whether it is known where f runs.
func (f *function) runs() bool {
	return f.place.known && !f.disowned && (f.settled || f.reached)
}

// leadsTo returns the place of the callee, in its own words, of which there may be several, or reports that
// the caller's is not known yet.
func (s site) leadsTo() (places []place, running bool) {
	c := s.caller
	switch {
	case !c.settled && !c.reached && !c.disowned:
		return nil, false
	case !c.runs():
		return nil, true
	case c.place.name != "":
		return []place{c.place}, true
	}
	v := c.variable()
	if s.on != nil && s.is(s.on, v) {
		places = append(places, place{known: true, param: receiver, field: c.place.field})
	}
	for i, arg := range s.call.Args {
		if s.is(arg, v) {
			places = append(places, place{known: true, param: i, field: c.place.field})
		}
	}
	return places, true
}

// is reports whether x is the variable v.
func (s site) is(x ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	return ok && v != nil && s.info.Uses[id] == types.Object(v)
}

// origin returns the function that obj is, or is an instance of.
func origin(obj types.Object) *types.Func {
	if f, ok := obj.(*types.Func); ok {
		return f.Origin()
	}
	return nil
}

// straight returns the handler that the call at s may go to without its bridge, or nil.
func (a *analysis) straight(s site) *model.Handler {
	h := a.bridges[s.callee]
	if h == nil || !s.caller.runs() || h.HTTP || h.Stream() != model.NoStream || h.Directives[0].Options.NonReentrant {
		return nil
	}
	own := a.placeOf(h)
	if at, _ := s.leadsTo(); !own.known || !slices.Contains(at, own) {
		return nil
	}
	if s.on == nil {
		inner := a.Types.Scope().Innermost(s.name.Pos())
		if inner == nil {
			return nil
		}
		if _, obj := inner.LookupParent(h.Body, s.name.Pos()); obj == nil || obj != types.Object(a.bodies[h]) {
			return nil // something else has the name there
		}
	}
	return h
}
