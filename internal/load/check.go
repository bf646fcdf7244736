package load

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Checked is the result of the type checker for one package, or for one of its
// test variants.
type Checked struct {
	Fset   *token.FileSet
	Files  []*ast.File
	Types  *types.Package // as far as it could be made out
	Errors []types.Error
	// Imported are the errors in declarations of packages that were checked from
	// source because this one needs them.
	Imported []types.Error
	Info     *types.Info // of packages that are checked whole
}

// Checking says what to check.
type Checking struct {
	Dirs    []string   // the packages, by directory
	Tests   bool       // with their test variants
	Changed []string   // directories of all packages that the overlay changes
	Run     []*Package // what [Packages] has found
	// Plain is set if the overlay adds no files but those that belong
	// to their packages whatever the build configuration is.
	Plain bool
	// Whole asks for the bodies of functions, and for what their identifiers mean.
	Whole bool
	// Ahead may be nil.
	Ahead *Ahead
	// forgetful is set once something remembered was of no use.
	forgetful bool
}

// Check type-checks packages, with the overlay of cfg on top of the disk. Of
// their dependencies only those that lead back to them are checked from source
// as well; the others come as export data.
//
// It does not leave the work to go/packages, which asks the go command for the
// export data of the named packages too and so has them compiled. Nobody needs
// that, and it takes many times as long as checking them.
func Check(ctx context.Context, cfg Config, c Checking) ([]Checked, error) {
	g, ok := c.quickGraph(ctx, cfg)
	if !ok {
		var err error
		if g, err = c.loadGraph(ctx, cfg); err != nil {
			return nil, err
		}
	}
	check := newChecker(cfg, g)
	if c.Whole {
		for _, p := range g.roots {
			check.whole[p.ID] = true
		}
	}
	var out []Checked
	for _, p := range g.roots {
		if !testMain(p) {
			r := check.check(p).Checked
			r.Imported = check.imported(p)
			out = append(out, r)
		}
	}
	if check.unreadable && g.toolchain != nil {
		// What is remembered may be to blame for that.
		g.toolchain.forget()
		c.forgetful = true
		return Check(ctx, cfg, c)
	}
	return out, ctx.Err()
}

// loadGraph asks the go command for everything.
func (c *Checking) loadGraph(ctx context.Context, cfg Config) (*graph, error) {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedImports |
		packages.NeedDeps | packages.NeedModule
	pc := cfg.checking(ctx, mode)
	pc.Tests = c.Tests
	roots, err := packages.Load(pc, c.Dirs...)
	if err != nil {
		return nil, cleaned(err.Error())
	}
	g := newGraph(roots)
	return g, g.loadExports(ctx, cfg)
}

func (cfg Config) checking(ctx context.Context, mode packages.LoadMode) *packages.Config {
	pc := cfg.packages(ctx, mode)
	if cfg.Tags != "" {
		pc.BuildFlags = []string{"-tags=" + cfg.Tags}
	}
	return pc
}

// testMain reports whether p is the program that go test makes up.
func testMain(p *packages.Package) bool {
	return p.Name == "main" && strings.HasSuffix(p.PkgPath, ".test")
}

// graph is what has to be known about the packages around the roots.
type graph struct {
	roots []*packages.Package
	// source holds the packages that are checked from source, by ID: the roots
	// and whatever leads back to one. A package that were read from export data
	// would bring its own idea of the roots' types along.
	source map[string]bool
	// exports maps import paths to files of export data. A package that does
	// not compile has none.
	exports map[string]string
	// toolchain is set if some of the exports may have been remembered.
	toolchain *toolchain
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

// loadExports has the go command compile what is imported from outside. What
// does not compile is checked from source, and then its imports are needed.
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

// imports returns what packages checked from source import, and what is
// neither one of them nor known as export data.
func (g *graph) imports() []*packages.Package {
	var list []*packages.Package
	seen := map[string]bool{}
	packages.Visit(g.roots, func(p *packages.Package) bool {
		return g.source[p.ID]
	}, func(p *packages.Package) {
		if !g.source[p.ID] && g.exports[p.PkgPath] == "" && p.PkgPath != "unsafe" && !seen[p.PkgPath] {
			seen[p.PkgPath] = true
			list = append(list, p)
		}
	})
	return list
}
