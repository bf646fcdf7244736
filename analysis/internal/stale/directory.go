package stale

import (
	"bytes"
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// directory is all files of a package's directory. The names in a generated file depend
// on what its neighbours declare, whatever their build constraints, tests included.
type directory struct {
	parse.Directory
	asked bool // for the source of another package
}

// read returns the directory of a pass, or nil if asyncgen has nothing to do with it.
func read(pass *analysis.Pass) (*directory, error) {
	if len(pass.Files) == 0 || !slices.ContainsFunc(pass.Files, concerned) && len(pass.IgnoredFiles) == 0 {
		return nil, nil
	}
	var paths []string
	for _, f := range pass.Files {
		path := pass.Fset.PositionFor(f.FileStart, false).Filename
		if replaced(path, f) {
			return nil, nil
		}
		paths = append(paths, path)
	}
	dir := filepath.Dir(paths[0])
	paths = append(paths, pass.IgnoredFiles...)
	// A driver that shows no directory has listed all that it knows.
	if entries, err := os.ReadDir(dir); err == nil {
		for _, e := range entries {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(paths)
	d := &directory{Directory: parse.Directory{Path: strings.TrimSuffix(pass.Pkg.Path(), "_test"), Dir: dir}}
	if pass.Module != nil {
		d.Module = pass.Module.Path
	}
	d.Elsewhere = func(string) (parse.Directory, map[string]string) { d.asked = true; return parse.Directory{}, nil }
	d.Aliases = func(path string) (map[string]bool, bool) { return aliases(pass, path) }
	d.Types = func(bool, bool) parse.Typed { return parse.Typed{Package: pass.Pkg, Fset: pass.Fset} }
	for _, path := range slices.Compact(paths) {
		name := filepath.Base(path)
		if filepath.Dir(path) != dir || filepath.Ext(name) != ".go" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			continue
		}
		src, err := pass.ReadFile(path)
		if err != nil {
			// It belongs to another package of the directory, and passes may not
			// read those.
			if src, err = os.ReadFile(path); err != nil {
				return nil, err
			}
		}
		owned, marked := model.Classify(path, src)
		d.Files = append(d.Files, parse.Source{Path: path, Src: src, Owned: owned, Marked: marked})
	}
	return d, nil
}

// aliases returns the names of the aliases that an imported package declares.
func aliases(pass *analysis.Pass, path string) (map[string]bool, bool) {
	for _, p := range pass.Pkg.Imports() {
		if p.Path() != path {
			continue
		}
		names := map[string]bool{}
		for _, name := range p.Scope().Names() {
			if t, ok := p.Scope().Lookup(name).(*types.TypeName); ok && t.IsAlias() {
				names[name] = true
			}
		}
		return names, true
	}
	return nil, false
}

// concerned reports whether a file has a directive, or is one of ours.
func concerned(f *ast.File) bool {
	for _, g := range f.Comments {
		for _, c := range g.List {
			if i := strings.Index(c.Text, "asyncgen"); i >= 0 {
				return true
			}
		}
	}
	return false
}

// replaced reports whether a file has replaced a guard, because the driver has an overlay. The other
// files are not those on disk either then, and there is nothing to compare.
func replaced(path string, f *ast.File) bool {
	if !model.InPlaceName(path) {
		return false
	}
	guard := false
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		guard = guard || ok && sel.Sel.Name == "RequireOverlay"
		return true
	})
	return !guard
}

// source returns a generated file, or nil if there is none.
func (d *directory) source(path string) []byte {
	for _, s := range d.Files {
		if s.Path == path && s.Owned {
			return bytes.Clone(s.Src)
		}
	}
	return nil
}

// names are those of the imported packages.
func (d *directory) names(pass *analysis.Pass) map[string]string {
	names := map[string]string{}
	for _, p := range pass.Pkg.Imports() {
		names[p.Path()] = p.Name()
	}
	return names
}

// exports are the names that dot imports may bring.
func (d *directory) exports(pass *analysis.Pass, paths []string) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, p := range pass.Pkg.Imports() {
		if !slices.Contains(paths, p.Path()) {
			continue
		}
		all[p.Path()] = map[string]bool{}
		for _, name := range p.Scope().Names() {
			if ast.IsExported(name) {
				all[p.Path()][name] = true
			}
		}
	}
	return all
}
