package names

import (
	"cmp"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// Plan names everything that is generated for a package. It returns the files
// to write, sorted by path, or the problems that prevent it.
func Plan(pkg *model.Package) ([]model.File, []diag.Diagnostic) {
	if problems := collisions(pkg); len(problems) > 0 {
		return nil, problems
	}
	p := newPlanner(pkg)
	p.nameBodies()
	var files []model.File
	for _, g := range group(pkg) {
		files = append(files, p.file(g))
	}
	slices.SortFunc(files, func(a, b model.File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}

// planner holds the names of one package.
type planner struct {
	pkg      *model.Package
	universe *Scope
	declared *Scope                        // what the package declares, hand-written or by a directive
	given    map[string][]model.Constraint // generated names, and where
	reserved *Scope                        // names that are better left to imports
	exprs    map[*model.Handler][]*model.Expr
	errors   map[*model.Front]string // variables that hold the errors of remote fronts
}

func newPlanner(pkg *model.Package) *planner {
	p := &planner{pkg: pkg, universe: Universe(), declared: NewScope(), reserved: NewScope(), given: map[string][]model.Constraint{}, exprs: map[*model.Handler][]*model.Expr{}, errors: map[*model.Front]string{}}
	for name := range pkg.Scope.Decls {
		p.declared.Take(name)
	}
	p.reserved.Take("context", "loop", "loopimpl")
	for name := range pkg.Scope.Imports {
		// A declaration and an import of any file must not share a name.
		p.reserved.Take(name)
	}
	for _, h := range pkg.Handlers {
		if h.Front != nil {
			p.declared.Take(h.Front.Name, h.Front.Constructor(), h.Front.Register)
		}
		if h.Function() && !h.InPlace {
			for _, d := range h.Directives {
				p.declared.Take(d.Generated)
			}
		}
		if r := h.Remote(); r != nil {
			p.declared.Take(r.Register)
		}
		p.exprs[h] = exprsOf(h)
		for _, x := range p.exprs[h] {
			for _, r := range x.Refs {
				if r.Kind == model.DotRef {
					p.reserved.Take(ident.PackageWord(r.Path))
				}
			}
		}
	}
	return p
}

// exprsOf returns every piece of source that the output for h repeats.
func exprsOf(h *model.Handler) []*model.Expr {
	var xs []*model.Expr
	for _, t := range h.TypeParams {
		xs = append(xs, t.Constraint)
	}
	for _, p := range h.Params {
		xs = append(xs, p.Type)
	}
	for _, r := range h.Results {
		xs = append(xs, r.Type)
		if r.Element != nil && paired(h) {
			xs = append(xs, r.Element)
		}
	}
	for _, d := range h.Directives {
		if d.Loop.Expr != nil {
			xs = append(xs, d.Loop.Expr)
		}
		if k := d.Loop.Key; k != nil && k.Expr != nil {
			xs = append(xs, k.Expr)
		}
		if d.Remote != nil {
			if d.Remote.Serial != nil {
				xs = append(xs, d.Remote.Serial.Expr)
			}
			for _, e := range d.Remote.Errors {
				xs = append(xs, e.Expr)
			}
		}
	}
	return xs
}

// declare picks a package-level name for h: one that the package does not
// declare, that no other generated declaration has which is compiled with this
// one, and that nothing inside h hides.
func (p *planner) declare(h *model.Handler, candidates ...string) string {
	s := NewScope(p.universe, p.declared, p.reserved, p.handlerSubject(h).declared())
	for {
		name := s.Pick(candidates...)
		conflicts := slices.ContainsFunc(p.given[name], func(c model.Constraint) bool {
			return !c.Excludes(h.Source.Constraint)
		})
		if !conflicts {
			p.given[name] = append(p.given[name], h.Source.Constraint)
			return name
		}
		// Pick has taken the name, so the next round offers another one.
	}
}

// file names one file. Declarations come first, because an import must not have
// the name of anything in the package, generated or not.
func (p *planner) file(g output) model.File {
	f := model.File{Path: g.path, Package: p.pkg.Name, Constraint: g.constraint.Line(), Sources: g.sources()}
	var namers []namer
	if g.inPlace {
		f.InPlace = p.pkg.Path
	}
	for _, h := range g.handlers {
		namers = append(namers, p.newNamer(h))
	}
	in := p.newImports(g)
	f.Runtime = in.Import(model.RuntimePath)
	f.Impl = in.Import(model.ImplPath)
	f.Context = in.Import("context")
	f.HTTP = in.Import(model.HTTPPath)
	f.Remote = in.Import(model.RemotePath)
	f.RemoteImpl = in.Import(model.RemoteImplPath)
	f.Error, f.Any, f.True = "error", "any", "true"
	if p.pkg.Scope.Declares("error") {
		f.Error = f.Impl + ".BuiltinError"
	}
	if p.pkg.Scope.Declares("any") {
		f.Any = "interface{}"
	}
	if p.pkg.Scope.Declares("true") {
		f.True = "0 < 1"
	}
	for _, front := range g.fronts {
		f.Fronts = append(f.Fronts, p.front(front, in, &f))
	}
	for _, n := range namers {
		f.Bridges = append(f.Bridges, n.build(in, &f))
	}
	f.Imports = in.declarations()
	return f
}
