package names

import (
	"cmp"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
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
	p.reserved.Take("context", "loop")
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
					p.reserved.Take(packageWord(r.Path))
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
	}
	for _, d := range h.Directives {
		if d.Loop.Expr != nil {
			xs = append(xs, d.Loop.Expr)
		}
		if d.Remote != nil {
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
	s := NewScope(p.universe, p.declared, p.reserved, localsOf(h))
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

// localsOf returns every name that h's signature declares.
func localsOf(h *model.Handler) *Scope {
	s := NewScope()
	if h.Recv != nil {
		s.Take(h.Recv.Name)
	}
	for _, t := range h.TypeParams {
		s.Take(t.Name)
	}
	for _, p := range h.Params {
		s.Take(p.Name)
	}
	for _, r := range h.Results {
		s.Take(r.Name)
	}
	return s
}

// file names one file. Declarations come first, because an import must not have
// the name of anything in the package, generated or not.
func (p *planner) file(g output) model.File {
	f := model.File{Path: g.path, Package: p.pkg.Name, Constraint: g.constraint.Line()}
	var bridges []*bridge
	if g.inPlace {
		f.InPlace = p.pkg.Path
	}
	for _, h := range g.handlers {
		bridges = append(bridges, p.newBridge(h))
	}
	in := p.newImports(g)
	f.Runtime = in.Import(model.RuntimePath)
	f.Context = in.Import("context")
	f.HTTP = in.Import(model.HTTPPath)
	f.Remote = in.Import(model.RemotePath)
	f.Error, f.Any, f.True = "error", "any", "true"
	if p.pkg.Scope.Declares("error") {
		f.Error = f.Runtime + ".BuiltinError"
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
	for _, b := range bridges {
		b.imports, b.file = in, &f
		f.Bridges = append(f.Bridges, b.build())
	}
	f.Imports = in.declarations()
	return f
}

// imports is the import block of one output file.
type imports struct {
	names map[string]string // path → local name
	paths []string
	alias map[string]bool // paths whose names must be spelled out
}

// newImports gives a name to every import of a file.
func (p *planner) newImports(g output) *imports {
	in := &imports{names: map[string]string{}, alias: p.aliases(g)}
	outside := NewScope(p.universe, p.declared)
	for name := range p.given {
		outside.Take(name)
	}
	add := func(importPath, name string) {
		if _, ok := in.names[importPath]; ok {
			return
		}
		chosen := outside.Pick(append([]string{name}, alternatives(importPath, name)...)...)
		in.names[importPath] = chosen
		in.paths = append(in.paths, importPath)
	}
	// What is added first has the first choice. A parameter of one of these names
	// gives way in its own function, rather than the import in the whole file.
	add(model.RuntimePath, "loop")
	if slices.ContainsFunc(g.handlers, func(h *model.Handler) bool { return h.Remote() != nil }) {
		add(model.RemotePath, "remote")
	}
	isHTTP := func(h *model.Handler) bool { return h.HTTP }
	if slices.ContainsFunc(g.handlers, isHTTP) {
		add(model.HTTPPath, "loophttp")
	}
	if !slices.ContainsFunc(g.handlers, isHTTP) || slices.ContainsFunc(g.handlers, func(h *model.Handler) bool { return !h.HTTP }) {
		add("context", "context")
	}
	for _, h := range g.handlers {
		for _, x := range p.exprs[h] {
			eachImport(x, add)
		}
	}
	return in
}

// mentionsRuntime reports whether the bodies that are generated for h say the
// name of the runtime package, which then no local of theirs may have.
func mentionsRuntime(h *model.Handler) bool {
	return len(h.TypeParams) > 0 || h.Stream() != model.NoStream || slices.ContainsFunc(h.Directives, func(d model.Directive) bool {
		return d.Loop.Kind == model.LoopDefault || d.Loop.Key != ""
	})
}

// aliases returns the imports of a file whose names must be spelled out.
func (p *planner) aliases(g output) map[string]bool {
	paths := map[string]bool{}
	for _, h := range g.handlers {
		for _, x := range p.exprs[h] {
			for _, r := range x.Refs {
				paths[r.Path] = paths[r.Path] || r.Alias
			}
		}
	}
	return paths
}

func eachImport(x *model.Expr, add func(path, name string)) {
	for _, r := range x.Refs {
		switch r.Kind {
		case model.ImportRef:
			add(r.Path, r.Name)
		case model.DotRef:
			add(r.Path, packageWord(r.Path))
		}
	}
}

// alternatives returns other names for an import: with the word before it in
// the path, then with pkg behind it.
func alternatives(importPath, name string) []string {
	var alts []string
	if parent := path.Base(path.Dir(importPath)); parent != "." && !strings.ContainsAny(parent, ".-") {
		alts = append(alts, strings.ToLower(parent)+name)
	}
	return append(alts, name+"pkg")
}

// packageWord returns a name for a package that the source only imports with a
// dot.
func packageWord(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && path.Dir(importPath) != "." {
		if _, err := strconv.Atoi(base[1:]); err == nil {
			base = path.Base(path.Dir(importPath))
		}
	}
	base, _, _ = strings.Cut(base, ".v")
	base = strings.TrimSuffix(strings.TrimPrefix(base, "go-"), "-go")
	base = strings.NewReplacer("-", "", ".", "", "_", "", "~", "").Replace(base)
	if !token.IsIdentifier(base) {
		return "pkg" + base
	}
	return base
}

// Import returns the local name of a package.
func (in *imports) Import(importPath string) string { return in.names[importPath] }

// declarations returns the import block, sorted by path.
func (in *imports) declarations() []model.Import {
	var list []model.Import
	for _, p := range slices.Sorted(slices.Values(in.paths)) {
		name := in.names[p]
		if name == path.Base(p) && !in.alias[p] {
			name = ""
		}
		list = append(list, model.Import{Name: name, Path: p})
	}
	return list
}
