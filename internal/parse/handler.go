package parse

import (
	"go/ast"
	"slices"

	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// Build makes the model. names are the package names behind the import paths
// in the result of [Tree.Needs], exports the names that the packages listed there
// declare for others. It returns one model per package clause with handlers.
func (t *Tree) Build(names map[string]string, exports map[string]map[string]bool) []*model.Package {
	t.names, t.exports = names, exports
	if t.conflicted() {
		return nil
	}
	var pkgs []*model.Package
	for _, u := range t.units {
		u.addImports()
		pkg := &model.Package{Path: t.in.Path, Dir: t.in.Dir, Name: u.name, External: u.external, Scope: u.scope}
		for _, f := range u.files {
			slices.SortFunc(f.targets, func(a, b *target) int { return int(a.decl.Pos() - b.decl.Pos()) })
			for _, target := range f.targets {
				if h := target.build(); h != nil {
					pkg.Handlers = append(pkg.Handlers, split(h)...)
				}
			}
			for _, target := range f.fronts {
				if !target.directive.InPlace && !target.spreads {
					target.build(pkg)
				}
			}
		}
		u.twoLoops(pkg)
		u.uselessSkips()
		u.uselessNamings()
		u.uselessDirectives()
		if len(pkg.Handlers) > 0 {
			pkgs = append(pkgs, pkg)
		}
	}
	return pkgs
}

// builder makes one handler.
type builder struct {
	target  *target
	handler *model.Handler
	env     exprEnv
	// receiver is the name of the receiver in the source of a front's method. A key may mention it.
	receiver string
}

// build returns the handler, or nil if its declaration has been reported.
func (t *target) build() *model.Handler {
	f, d := t.file, t.decl
	b := &builder{
		target: t,
		env:    exprEnv{file: f, typeParams: map[string]int{}},
		handler: &model.Handler{
			Name: d.Name.Name, Pos: f.pos(d.Name.Pos()), Begin: f.pos(d.Pos()), End: f.pos(d.Type.End()),
			Doc:    d.Doc.Text(),
			Source: &model.Source{Path: f.path, Test: f.test, Constraint: f.constraint},
		},
	}
	if f.genericMethod(d, d.Name.Name, place{f, d.Name}) {
		return nil
	}
	ok := b.buildReceiver()
	ok = b.ownTypeParams() && ok
	ok = b.buildParams() && ok
	ok = b.buildResults() && ok
	if !ok {
		f.unit.incomplete = true
		return nil
	}
	if t.declaredTwice(b.handler) {
		return nil
	}
	b.handler.HTTP = b.isHTTP()
	for _, dir := range t.directives {
		if !t.refines(dir) && !b.passedOver(dir) {
			b.addDirective(dir)
		}
	}
	if len(b.handler.Directives) == 0 {
		return nil
	}
	return b.handler
}

func (b *builder) buildTypeParams() bool {
	list := b.target.decl.Type.TypeParams
	if list == nil {
		return true
	}
	var constraints []ast.Expr
	first := len(b.handler.TypeParams)
	for _, field := range list.List {
		for _, name := range field.Names {
			if name.Name != "_" {
				b.env.typeParams[name.Name] = first + len(constraints)
				delete(b.env.args, name.Name) // hidden
			}
			constraints = append(constraints, field.Type)
			b.handler.TypeParams = append(b.handler.TypeParams, model.TypeParam{Name: name.Name})
		}
	}
	ok := true
	for i, c := range constraints {
		x, fine := b.env.expr(c)
		ok = ok && fine
		b.handler.TypeParams[first+i].Constraint = x
	}
	return ok
}

func (b *builder) buildParams() bool {
	ok, context := true, false
	for _, field := range b.target.decl.Type.Params.List {
		typ := field.Type
		ellipsis, variadic := typ.(*ast.Ellipsis)
		if variadic {
			typ = ellipsis.Elt
		}
		for _, name := range fieldNames(field) {
			// Each parameter has an expression of its own, because printing an
			// expression changes it.
			x, fine := b.env.expr(typ)
			ok = ok && fine
			p := model.Param{Name: name, Pos: b.target.file.pos(field.Pos()), Type: x, Variadic: variadic}
			if !context && !variadic && b.env.isContext(typ) {
				p.Context, context = true, true
			}
			b.handler.Params = append(b.handler.Params, p)
		}
	}
	return ok
}

func (b *builder) buildResults() bool {
	list := b.target.decl.Type.Results
	if list == nil {
		return true
	}
	ok := true
	for _, field := range list.List {
		for _, name := range fieldNames(field) {
			x, fine := b.env.expr(field.Type)
			ok = ok && fine
			r := model.Result{Name: name, Pos: b.target.file.pos(field.Pos()), Type: x, Stream: b.env.stream(field.Type)}
			if fine && r.Stream == model.ValueStream {
				r.Element = b.env.element(field.Type)
			}
			b.handler.Results = append(b.handler.Results, r)
		}
	}
	if n := len(list.List); ok && n > 0 && b.env.isError(list.List[n-1].Type) {
		b.handler.Results[len(b.handler.Results)-1].Error = true
	}
	return ok
}

// fieldNames returns the names of a field, or one empty name if it has none.
func fieldNames(field *ast.Field) []string {
	if len(field.Names) == 0 {
		return []string{""}
	}
	names := make([]string, len(field.Names))
	for i, n := range field.Names {
		names[i] = n.Name
	}
	return names
}

// localNames returns the names of the receiver and the parameters.
func localNames(d *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	for _, list := range []*ast.FieldList{d.Recv, d.Type.Params} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, n := range field.Names {
				names[n.Name] = n.Name != "_"
			}
		}
	}
	return names
}

func (b *builder) addDirective(d *directive.Directive) {
	f := b.target.file
	out := model.Directive{
		Pos: f.pos(d.Slash), NamePos: f.pos(d.Slash), Mode: d.Mode, Same: d.Same,
		Options: model.Options{
			Abandon: d.Abandon, NonReentrant: d.NonReentrant, Chunk: d.Chunk,
			Body: d.Body, Buffer: d.Buffer, Direct: d.Direct,
		},
	}
	switch {
	case d.InPlace:
		if !b.checkInPlace() {
			return
		}
		out.Generated, out.NamePos, out.Same, out.InPlace = b.handler.Name, b.handler.Pos, true, true
	case d.Mode == model.ModeRemote: // see below
	case d.Name != nil:
		out.Generated, out.NamePos = d.Name.Text, f.pos(d.Name.Start)
	default:
		rule := b.naming()
		b.handler.Stem = rule.Stem(b.handler.Name)
		out.Generated = rule.Function(d.Mode, b.handler.Stem)
	}
	if !b.checkConvention(d, &out) {
		return
	}
	choice, ok := b.chooseLoop(d)
	if d.Mode == model.ModeRemote {
		ok = b.checkRemote(d, place{f, d}, "remove the directive") && ok
		if ok {
			out.Remote, ok = b.remote(d)
		}
		if ok {
			out.Remote.Errors, ok = b.errors(d)
		}
		if out.Generated, _ = b.remoteNames(d); d.Name != nil {
			out.NamePos = f.pos(d.Name.Start)
		}
	} else {
		ok = b.checkStream(d, out.Same) && b.checkHTTP(d) && ok
	}
	if !ok {
		return
	}
	out.Loop = choice
	b.handler.Directives = append(b.handler.Directives, out)
}
