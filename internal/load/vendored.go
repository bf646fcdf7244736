package load

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Vendoring lists the packages of the runtime that generated code imports and that a
// vendor directory lacks. "go mod vendor" copies only packages that are imported already, so
// the first generation in a vendored module is always in this situation.
type Vendoring struct {
	Missing []string // import paths, sorted
	Command string   // completes the vendor directory
	// Unverified is set if the packages are not in the module cache either. Generated code
	// that imports them is not type-checked then, apart from its own declarations.
	Unverified bool
}

// vendorDir is a vendor directory in use.
type vendorDir struct {
	path     string
	command  string // creates it
	requires bool   // the module of the runtime is required
}

// lookPastVendor finds the packages of the runtime that the vendor directory lacks as if there
// were no such directory. The other packages still come from it, so nothing else has to be in the
// module cache. The module must be required; otherwise vendoring again would not help.
func (g *graph) lookPastVendor(ctx context.Context, cfg Config) error {
	missing := g.runtime(notThere)
	vendor, ok := findVendor(cfg.Dir)
	if len(missing) == 0 || !ok || !vendor.requires {
		return ctx.Err()
	}
	g.vendoring = &Vendoring{Missing: missing, Command: vendor.command, Unverified: true}
	cfg.Overlay, cfg.overlayFile = nil, ""
	// In contrast to -mod=mod, this never changes a go.mod.
	entries, err := cfg.goList(ctx, []string{"-mod=readonly", "-export", "-json=ImportPath,Export"}, missing)
	if err != nil {
		return ctx.Err() // the code stays unverified
	}
	found := map[string]string{}
	for _, e := range entries {
		if e.Export != "" {
			found[e.ImportPath] = e.Export
		}
	}
	g.vendoring.Unverified = len(found) < len(missing)
	packages.Visit(g.roots, nil, func(p *packages.Package) {
		if export := found[p.PkgPath]; export != "" {
			g.exports[p.PkgPath] = export
			p.Errors = nil
			delete(g.source, p.ID)
		}
	})
	return ctx.Err()
}

// loadPastVendor loads the graph as if there were no vendor directory, after the go command failed
// with err. With the vendor directory of a workspace, go list does not report an import that is
// missing there but panics (go1.26).
func (c *Checking) loadPastVendor(ctx context.Context, cfg Config, err error) (*graph, error) {
	vendor, ok := findVendor(cfg.Dir)
	if !ok || !vendor.requires || cfg.mod != "" || ctx.Err() != nil {
		return nil, err
	}
	cfg.mod = "readonly"
	g, again := c.loadGraph(ctx, cfg)
	if again != nil {
		return nil, err
	}
	missing := g.runtime(func(p *packages.Package) bool { return !vendor.has(p.PkgPath) })
	if len(missing) > 0 {
		unverified := len(g.runtime(notThere)) > 0
		g.vendoring = &Vendoring{Missing: missing, Command: vendor.command, Unverified: unverified}
	}
	return g, nil
}

// runtime returns the import paths of the runtime's packages in the graph that match, sorted.
func (g *graph) runtime(match func(p *packages.Package) bool) []string {
	var paths []string
	for _, root := range g.roots {
		for path, p := range root.Imports {
			if strings.HasPrefix(path, model.ModulePath+"/") && match(p) {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (v vendorDir) has(importPath string) bool {
	info, err := os.Stat(filepath.Join(v.path, filepath.FromSlash(importPath)))
	return err == nil && info.IsDir()
}

// findVendor returns the vendor directory of dir or of the closest directory above it that has one.
func findVendor(dir string) (vendorDir, bool) {
	for {
		v := vendorDir{path: filepath.Join(dir, "vendor"), command: "go mod vendor"}
		text, err := os.ReadFile(filepath.Join(v.path, "modules.txt"))
		if err == nil {
			if bytes.HasPrefix(text, []byte("## workspace")) {
				v.command = "go work vendor"
			}
			v.requires = bytes.Contains(text, []byte("# "+model.ModulePath+" "))
			return v, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return vendorDir{}, false
		}
		dir = parent
	}
}
