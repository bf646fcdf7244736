package generator

import (
	"context"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"sync"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// typesOf returns the function that type-checks p before anything is generated for it, once for
// the package and once for its test variants. The files that asyncgen has written are left out,
// whether they are right or not: the output must not depend on them.
func (r *run) typesOf(ctx context.Context, w *work) func(test, external bool) parse.Typed {
	if r.unverified {
		return nil
	}
	p := w.pkg
	plain := sync.OnceValue(func() []load.Checked { return r.checkBare(ctx, p, false) })
	tests := sync.OnceValue(func() []load.Checked { return r.checkBare(ctx, p, true) })
	return func(test, external bool) parse.Typed {
		w.facts.unsuitable = true // the types are those of other packages
		list := plain
		if test {
			list = tests
		}
		return variant(list(), p, test, external)
	}
}

// variant returns the package among its test variants: the largest one of the wanted path.
func variant(list []load.Checked, p *load.Package, test, external bool) parse.Typed {
	var best parse.Typed
	files := 0
	for _, c := range list {
		if c.Types == nil || test && isExternal(c, p) != external {
			continue
		}
		if len(c.Files) > files {
			best, files = parse.Typed{Package: c.Types, Fset: c.Fset}, len(c.Files)
		}
	}
	return best
}

func isExternal(c load.Checked, p *load.Package) bool {
	return c.Types.Name() == p.Name+"_test"
}

// checkBare type-checks p without generated files. Whatever goes wrong shows as a type that is
// not known.
func (r *run) checkBare(ctx context.Context, p *load.Package, tests bool) []load.Checked {
	cfg := r.load
	cfg.Overlay = map[string][]byte{}
	maps.Copy(cfg.Overlay, r.load.Overlay)
	for _, f := range p.Files {
		if f.Owned {
			cfg.Overlay[f.Path] = bare(f)
		}
	}
	c := load.Checking{Dirs: []string{p.Dir}, Changed: []string{p.Dir}, Run: r.pkgs, Plain: true}
	if tests {
		c.Tests = c.Dirs
	}
	checked, err := load.Check(ctx, cfg, c)
	if err != nil {
		return nil
	}
	return checked
}

// bare returns a generated file without its declarations. One that does not parse so far is
// left out of all builds.
func bare(f *load.File) []byte {
	syntax, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Src, parser.PackageClauseOnly|parser.SkipObjectResolution)
	if err != nil {
		return []byte("//go:build ignore\n\npackage ignore\n")
	}
	end := int(syntax.Name.End() - syntax.FileStart)
	return append(slices.Clip(f.Src[:end]), '\n')
}
