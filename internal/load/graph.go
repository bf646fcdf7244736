package load

import (
	"context"
	"errors"

	"golang.org/x/tools/go/packages"
)

// graph holds the packages around the roots.
type graph struct {
	roots []*packages.Package
	// source holds the packages that are checked from source, by ID: the roots, those
	// that use cgo, and every package that imports one of these, directly or not. The
	// export data of such a package would contain other types than the roots.
	source map[string]bool
	// exports maps import paths to files of export data. A package that does
	// not compile has none.
	exports map[string]string
	// toolchain is set if some of the exports may come from the cache.
	toolchain  *toolchain
	sourceOnly bool // there is no export data at all
	// vendoring is nil if no package of the runtime is missing from a vendor directory.
	vendoring *Vendoring
}

func newGraph(roots []*packages.Package) *graph {
	g := &graph{roots: roots, source: map[string]bool{}, exports: map[string]string{}}
	for _, p := range roots {
		g.source[p.ID] = true
	}
	// Imports have no cycles, so a package is decided once its imports are.
	packages.Visit(roots, nil, func(p *packages.Package) {
		if usesCgo(p) {
			g.source[p.ID] = true
		}
		for _, imp := range p.Imports {
			if g.source[imp.ID] {
				g.source[p.ID] = true
			}
		}
	})
	return g
}

// loadExports requests the export data of all imports that are not checked from
// source. A package that does not compile is checked from source, and then the
// export data of its imports is needed too. If the go command takes too long, all
// packages are checked from source.
func (g *graph) loadExports(ctx context.Context, cfg Config, known func(paths []string) map[string]entry) error {
	for !g.sourceOnly {
		g.add(known(pathsOf(g.imports())))
		wanted := g.imports()
		if len(wanted) == 0 {
			return ctx.Err()
		}
		cfg.step(compiling(len(wanted)))
		bounded, explained := cfg.limited(ctx)
		err := explained(g.request(bounded, cfg, wanted))
		if g.sourceOnly = errors.Is(err, errSlow); err != nil && !g.sourceOnly {
			return err
		}
		for _, p := range wanted {
			if g.exports[p.PkgPath] == "" {
				g.source[p.ID] = true
			}
		}
	}
	clear(g.exports)
	packages.Visit(g.roots, nil, func(p *packages.Package) { g.source[p.ID] = p.PkgPath != "unsafe" && !notThere(p) })
	return ctx.Err()
}

// request adds the export data of packages to the graph.
func (g *graph) request(ctx context.Context, cfg Config, wanted []*packages.Package) error {
	paths := pathsOf(wanted)
	bare := cfg
	bare.Overlay = nil
	if !bare.direct(nil) {
		return g.requestFromDriver(ctx, cfg, paths)
	}
	entries, err := cfg.goList(ctx, append(cfg.flags(), "-export", "-json=ImportPath,Export"), paths)
	for _, e := range entries {
		g.add(map[string]entry{e.ImportPath: e})
	}
	return err
}

// add adds export data to the graph.
func (g *graph) add(entries map[string]entry) {
	for path, e := range entries {
		if e.Export != "" {
			g.exports[path] = e.Export
		}
	}
}

func pathsOf(list []*packages.Package) []string {
	var paths []string
	for _, p := range list {
		paths = append(paths, p.PkgPath)
	}
	return paths
}

func (g *graph) requestFromDriver(ctx context.Context, cfg Config, paths []string) error {
	listed, err := packages.Load(cfg.checking(ctx, packages.NeedName|packages.NeedExportFile), paths...)
	if err != nil {
		return cleaned(err.Error())
	}
	for _, p := range listed {
		if p.ExportFile != "" {
			g.exports[p.PkgPath] = p.ExportFile
		}
	}
	return ctx.Err()
}

// imports returns the imports of packages that are checked from source, without
// imports that are checked from source themselves or have export data already.
func (g *graph) imports() []*packages.Package {
	var list []*packages.Package
	seen := map[string]bool{}
	packages.Visit(g.roots, func(p *packages.Package) bool {
		return g.source[p.ID]
	}, func(p *packages.Package) {
		wanted := p.PkgPath != "unsafe" && !notThere(p)
		if wanted && !g.source[p.ID] && g.exports[p.PkgPath] == "" && !seen[p.PkgPath] {
			seen[p.PkgPath] = true
			list = append(list, p)
		}
	})
	return list
}

// notThere reports whether the go command has not found p.
func notThere(p *packages.Package) bool { return len(p.GoFiles) == 0 && len(p.Errors) > 0 }
