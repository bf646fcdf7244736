package load

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Checked is the result of the type checker for one package, or for one of its
// test variants.
type Checked struct {
	Fset   *token.FileSet
	Files  []*ast.File
	Types  *types.Package // possibly incomplete
	Errors []types.Error
	// Imported are the errors in declarations of packages that were checked from
	// source because this one needs them.
	Imported []types.Error
	Info     *types.Info // of packages that are checked whole
	// Vendoring is nil if no package of the runtime is missing from a vendor directory. It is the
	// same for all packages of a check.
	Vendoring *Vendoring
}

// Checking lists the packages to check.
type Checking struct {
	Dirs    []string   // the packages, by directory
	Tests   []string   // the directories among them whose test variants are checked too
	Changed []string   // directories of all packages that the overlay changes
	Run     []*Package // the packages that [Packages] has found
	// Plain is set if the overlay adds no files except those that belong
	// to their packages in every build configuration.
	Plain bool
	// Whole includes the bodies of functions, and the meaning of their identifiers.
	Whole bool
	// Ahead may be nil.
	Ahead *Ahead
	// forgetful is set after the first attempt failed with export data from the cache.
	forgetful bool
	// sourceOnly is set if the go command takes too long to compile the imports.
	sourceOnly bool
}

// Check type-checks packages, with the overlay of cfg on top of the disk. Dependencies
// that import one of them are checked from source as well; the other dependencies
// come as export data.
//
// Check does not use go/packages for the whole job, because go/packages requests the
// export data of the named packages too. The go command then compiles those packages,
// and compiling takes many times as long as checking.
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
	defer check.parseAhead()()
	var out []Checked
	for i, p := range g.roots {
		cfg.count(stepChecking, i, len(g.roots))
		checked := check.check(p).Checked
		checked.Imported, checked.Vendoring = check.imported(p), g.vendoring
		out = append(out, checked)
	}
	if check.unreadable && g.toolchain != nil {
		// A cache entry may be the cause.
		g.toolchain.forget()
		c.forgetful = true
		return Check(ctx, cfg, c)
	}
	return out, ctx.Err()
}

// loadGraph loads the graph with go/packages.
func (c *Checking) loadGraph(ctx context.Context, cfg Config) (*graph, error) {
	cfg, remove, err := cfg.withOverlayFile()
	if err != nil {
		return nil, err
	}
	defer remove()
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedImports |
		packages.NeedDeps | packages.NeedModule
	pc := cfg.checking(ctx, mode)
	pc.Tests = len(c.Tests) > 0
	cfg.step(stepGraph)
	roots, err := packages.Load(pc, c.Dirs...)
	if err != nil {
		return c.loadPastVendor(ctx, cfg, cleaned(err.Error()))
	}
	g := newGraph(slices.DeleteFunc(roots, c.unwanted))
	cfg.step(compiling(len(g.imports())))
	g.sourceOnly = c.sourceOnly || c.Ahead.tooSlow()
	g.toolchain = c.toolchain()
	if err := g.loadExports(ctx, cfg, c.settled); err != nil {
		return nil, err
	}
	return g, g.lookPastVendor(ctx, cfg)
}

// unwanted reports whether p is a test variant of a package that is checked without
// its tests.
func (c *Checking) unwanted(p *packages.Package) bool {
	return p.ID != p.PkgPath && !slices.Contains(c.Tests, p.Dir) || testMain(p)
}

func (cfg Config) checking(ctx context.Context, mode packages.LoadMode) *packages.Config {
	pc := cfg.packages(ctx, mode)
	pc.BuildFlags = cfg.flags()
	if cfg.overlayFile != "" {
		pc.Overlay = nil
	}
	return pc
}

// flags returns the flags of the go command for type checks.
func (cfg Config) flags() []string {
	var flags []string
	if cfg.Tags != "" {
		flags = append(flags, "-tags="+cfg.Tags)
	}
	if cfg.mod != "" {
		flags = append(flags, "-mod="+cfg.mod)
	}
	if cfg.overlayFile != "" {
		flags = append(flags, "-overlay="+cfg.overlayFile)
	}
	return flags
}

// testMain reports whether p is the main package that go test generates.
func testMain(p *packages.Package) bool {
	return p.Name == "main" && strings.HasSuffix(p.PkgPath, ".test")
}
