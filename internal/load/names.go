package load

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// Found is the name of a package and its directory.
type Found struct{ Name, Dir string }

// Find returns the packages behind import paths, as seen from the directory of cfg. Paths
// that cannot be found are absent from the result.
func Find(ctx context.Context, cfg Config, paths []string) (map[string]Found, error) {
	cfg.step(stepNames)
	listed, _, err := cfg.list(ctx, paths...)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Found, len(listed))
	for _, p := range listed {
		if p.Name != "" {
			found[p.PkgPath] = Found{p.Name, p.Dir}
		}
	}
	return found, ctx.Err()
}

// Exports returns the exported names of the packages at some import paths, for the rare case
// that several dot imports might bring a name. It reads their source, because export data
// would require compiling them.
func Exports(ctx context.Context, cfg Config, paths []string) (map[string]map[string]bool, error) {
	cfg.step(stepNames)
	listed, _, err := cfg.list(ctx, paths...)
	if err != nil {
		return nil, err
	}
	exports := make(map[string]map[string]bool, len(listed))
	for _, p := range listed {
		exports[p.PkgPath] = map[string]bool{}
		// The answer must not depend on the system, so all files are read.
		files, err := (&reader{overlay: cfg.Overlay}).goFiles(p.Dir)
		if err != nil {
			continue // a package that cannot be found exports nothing
		}
		for _, name := range files {
			path := filepath.Join(p.Dir, name)
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err == nil && f.Name.Name == p.Name && !strings.HasSuffix(name, "_test.go") {
				declaredNames(f, exports[p.PkgPath])
			}
		}
	}
	return exports, ctx.Err()
}

// declaredNames adds the names of f's package-level declarations to set.
func declaredNames(f *ast.File, set map[string]bool) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				set[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					set[s.Name.Name] = true
				case *ast.ValueSpec:
					for _, n := range s.Names {
						set[n.Name] = true
					}
				}
			}
		}
	}
}
