package names

import (
	"path"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

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
	reserve := func(importPath, name string) {
		in.names[importPath] = outside.Pick(append([]string{name}, alternatives(importPath, name)...)...)
	}
	add := func(importPath, name string) {
		if _, ok := in.names[importPath]; !ok {
			reserve(importPath, name)
		}
		in.need(importPath)
	}
	// The first import has the first choice. A parameter of one of these names
	// gives way in its own function, rather than the import in the whole file.
	reserve(model.RuntimePath, "loop") // needed by some declarations only, see Runtime
	add(model.ImplPath, "loopimpl")
	isRemote := func(f *model.Front) bool { return f.Mode == model.ModeRemote }
	hasClient := func(h *model.Handler) bool { return h.Remote() != nil && h.Front == nil }
	front := slices.ContainsFunc(g.fronts, isRemote)
	if front || slices.ContainsFunc(g.handlers, hasClient) {
		add(model.RemotePath, "remote")
	}
	if front || slices.ContainsFunc(g.handlers, func(h *model.Handler) bool { return h.Remote() != nil }) {
		add(model.RemoteImplPath, "remoteimpl")
	}
	isHTTP := func(h *model.Handler) bool { return h.HTTP }
	if slices.ContainsFunc(g.handlers, isHTTP) {
		add(model.HTTPPath, "loophttp")
	}
	if slices.ContainsFunc(g.handlers, func(h *model.Handler) bool { return !h.HTTP }) {
		add("context", "context")
	}
	for _, x := range p.repeated(g) {
		eachImport(x, add)
	}
	if slices.ContainsFunc(g.handlers, paired) {
		add("iter", "iter") // an alias may stand for the handler's own sequence
	}
	return in
}

// paired reports whether a bridge of h has an error with each element of a sequence.
func paired(h *model.Handler) bool { return slices.ContainsFunc(h.Directives, h.Paired) }

// repeated returns every piece of source that a file repeats. Fronts count by themselves, because
// all of their methods may be in other files.
func (p *planner) repeated(g output) []*model.Expr {
	var xs []*model.Expr
	for _, f := range g.fronts {
		xs = append(xs, frontSubject(f).exprs...)
	}
	for _, h := range g.handlers {
		xs = append(xs, p.exprs[h]...)
	}
	return xs
}

// aliases returns the imports of a file whose names must be spelled out.
func (p *planner) aliases(g output) map[string]bool {
	paths := map[string]bool{}
	for _, x := range p.repeated(g) {
		for _, r := range x.Refs {
			paths[r.Path] = paths[r.Path] || r.Alias
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
			add(r.Path, ident.PackageWord(r.Path))
		}
	}
}

// alternatives returns other names for an import: with the element before it in
// the path, then with pkg behind it.
func alternatives(importPath, name string) []string {
	var alts []string
	if parent := path.Base(path.Dir(importPath)); parent != "." && !strings.ContainsAny(parent, ".-") {
		alts = append(alts, strings.ToLower(parent)+name)
	}
	return append(alts, name+"pkg")
}

// need puts a package that has a name into the import block.
func (in *imports) need(importPath string) {
	if !slices.Contains(in.paths, importPath) {
		in.paths = append(in.paths, importPath)
	}
}

// Runtime returns the local name of the runtime for a declaration that refers to it.
func (in *imports) Runtime() string {
	in.need(model.RuntimePath)
	return in.names[model.RuntimePath]
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
