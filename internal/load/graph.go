package load

import (
	"context"

	"golang.org/x/tools/go/packages"
)

// graph holds the packages around the roots.
type graph struct {
	roots []*packages.Package
	// source holds the packages that are checked from source, by ID: the roots
	// and every package that imports one, directly or not. The export data of such a
	// package would contain other types than the roots.
	source map[string]bool
	// exports maps import paths to files of export data. A package that does
	// not compile has none.
	exports map[string]string
	// toolchain is set if some of the exports may come from the cache.
	toolchain *toolchain
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
// export data of its imports is needed too.
func (g *graph) loadExports(ctx context.Context, cfg Config) error {
	for {
		wanted := g.imports()
		if len(wanted) == 0 {
			return ctx.Err()
		}
		var paths []string
		for _, p := range wanted {
			paths = append(paths, p.PkgPath)
		}
		listed, err := packages.Load(cfg.checking(ctx, packages.NeedName|packages.NeedExportFile), paths...)
		if err != nil {
			return cleaned(err.Error())
		}
		for _, p := range listed {
			if p.ExportFile != "" {
				g.exports[p.PkgPath] = p.ExportFile
			}
		}
		for _, p := range wanted {
			if g.exports[p.PkgPath] == "" {
				g.source[p.ID] = true
			}
		}
	}
}

// imports returns the imports of packages that are checked from source, without
// those that are checked from source themselves or have export data already.
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
