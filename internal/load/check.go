package load

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// Checked is what the type checker says about one package, or about one of its
// test variants.
type Checked struct {
	Fset   *token.FileSet
	Files  []*ast.File
	Errors []types.Error
}

// Check type-checks the packages at the given directories, with the overlay of
// cfg on top of the disk. Dependencies come as export data, so only the named
// packages are checked from source.
func Check(ctx context.Context, cfg Config, dirs []string, tests bool) ([]Checked, error) {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles |
		packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo
	pc := cfg.packages(ctx, mode)
	pc.Fset = token.NewFileSet()
	pc.Tests = tests
	if cfg.Tags != "" {
		pc.BuildFlags = []string{"-tags=" + cfg.Tags}
	}
	pkgs, err := packages.Load(pc, dirs...)
	if err != nil {
		return nil, cleaned(err.Error())
	}
	var out []Checked
	for _, p := range pkgs {
		out = append(out, Checked{Fset: pc.Fset, Files: p.Syntax, Errors: p.TypeErrors})
	}
	return out, ctx.Err()
}
