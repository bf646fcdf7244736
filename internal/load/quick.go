package load

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/model"
)

// quickGraph builds the graph of a check from the facts that the run has already: the
// list of packages has the files that this machine compiles, and the files have their
// imports. Only the export data of the imports is missing, and [LookAhead] may have
// requested it.
//
// It reports false if these facts are not sufficient: if a package was not found
// by running go list directly, if an import has no export data, or if an import itself
// imports a package that changes.
func (c *Checking) quickGraph(ctx context.Context, cfg Config) (*graph, bool) {
	if len(c.Tests) > 0 || !c.Plain || cfg.Tags != "" {
		return nil, false
	}
	q := &quick{overlay: cfg.Overlay, run: map[string]*packages.Package{}, imports: map[string][]string{}}
	var roots, changed []*packages.Package
	for _, p := range c.Run {
		isChanged := slices.Contains(c.Changed, p.Dir)
		switch {
		case p.listed != nil:
			q.run[p.Path] = p.listed
		case isChanged:
			return nil, false
		}
		if isChanged {
			changed = append(changed, q.root(p))
		}
		if slices.Contains(c.Dirs, p.Dir) {
			roots = append(roots, q.run[p.Path])
		}
	}
	q.backwards(changed)
	wanted := q.outside()
	t := c.toolchain()
	exports, err := c.Ahead.exports(ctx, cfg, t, wanted)
	if err != nil {
		c.sourceOnly = errors.Is(err, errSlow)
		return nil, false
	}
	for _, path := range wanted {
		e, ok := exports[path]
		if !ok || e.Export == "" || slices.ContainsFunc(e.Deps, q.isSource) {
			return nil, false
		}
	}
	g := q.graph(roots, exports)
	g.toolchain = t
	return g, true
}

// toolchain returns nil if nothing may be cached.
func (c *Checking) toolchain() *toolchain {
	for _, p := range c.Run {
		if p.toolchain != nil && !c.forgetful {
			return p.toolchain
		}
	}
	return nil
}

// quick is a graph under construction.
type quick struct {
	overlay map[string][]byte
	run     map[string]*packages.Package // by import path
	source  map[string]*packages.Package // by import path
	imports map[string][]string          // of packages of the run, by import path
}

func (q *quick) isSource(path string) bool { return q.source[path] != nil }

// root returns a package that is checked as it will be: with the generated files
// that no build constraint excludes, whether they are on disk yet or not.
func (q *quick) root(p *Package) *packages.Package {
	r := *p.listed
	for _, name := range []string{model.PlainFile, model.InPlaceFile} {
		if path := filepath.Join(p.Dir, name); q.overlay[path] != nil && !slices.Contains(r.GoFiles, path) {
			r.GoFiles = append(slices.Clone(r.GoFiles), path)
		}
	}
	q.run[p.Path] = &r
	return &r
}

// backwards finds the packages of the run that are checked from source: those
// that change, and those between two of them.
func (q *quick) backwards(roots []*packages.Package) {
	q.source = map[string]*packages.Package{}
	for _, p := range roots {
		q.source[p.PkgPath] = p
	}
	seen := map[string]bool{}
	for _, p := range roots {
		q.leadsBack(p, seen, len(roots) > 1)
	}
}

// leadsBack reports whether p is checked from source. With a single root no
// import can be, because imports have no cycles.
func (q *quick) leadsBack(p *packages.Package, seen map[string]bool, deep bool) bool {
	if seen[p.PkgPath] {
		return q.isSource(p.PkgPath)
	}
	seen[p.PkgPath] = true
	q.imports[p.PkgPath] = q.read(p.GoFiles)
	for _, path := range q.imports[p.PkgPath] {
		if next := q.run[path]; next != nil && deep && q.leadsBack(next, seen, deep) {
			q.source[p.PkgPath] = p
		}
	}
	return q.isSource(p.PkgPath)
}

// read returns the import paths of files. A file that does not parse counts as
// far as it could be read.
func (q *quick) read(files []string) []string {
	var paths []string
	for _, path := range files {
		var src any
		if text, ok := q.overlay[path]; ok {
			src = text
		}
		paths = append(paths, importsOf(path, src)...)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// importsOf returns the imports of a file, without the pseudo-packages.
func importsOf(path string, src any) []string {
	return slices.DeleteFunc(allImports(path, src), func(p string) bool { return p == "C" || p == "unsafe" })
}

// allImports returns the imports of a file. src is as in [parser.ParseFile].
func allImports(path string, src any) []string {
	f, _ := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly|parser.SkipObjectResolution)
	if f == nil {
		return nil
	}
	var paths []string
	for _, s := range f.Imports {
		if p, err := strconv.Unquote(s.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// outside returns the imports of source packages that are no source packages, sorted.
func (q *quick) outside() []string {
	set := map[string]bool{}
	for path := range q.source {
		for _, imported := range q.imports[path] {
			if !q.isSource(imported) {
				set[imported] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func (q *quick) graph(roots []*packages.Package, exports map[string]entry) *graph {
	g := &graph{roots: roots, source: map[string]bool{}, exports: map[string]string{}}
	nodes := map[string]*packages.Package{}
	for path, p := range q.source {
		g.source[p.ID], nodes[path] = true, p
	}
	for path, p := range q.source {
		p.Imports = map[string]*packages.Package{}
		for _, imported := range q.imports[path] {
			if nodes[imported] == nil {
				nodes[imported] = &packages.Package{ID: imported, PkgPath: imported}
				g.exports[imported] = exports[imported].Export
			}
			p.Imports[imported] = nodes[imported]
		}
	}
	return g
}
