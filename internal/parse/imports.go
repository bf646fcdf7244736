package parse

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// importSpec is one import of a file.
type importSpec struct {
	name string // "" if the file gives none, "." for dot imports
	path string
	pos  token.Pos
}

func (f *file) readImports() {
	for _, s := range f.ast.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			continue
		}
		spec := importSpec{path: p, pos: s.Pos()}
		if s.Name != nil {
			spec.name = s.Name.Name
		}
		f.imports = append(f.imports, spec)
	}
}

// importNamed returns the path of the import that f calls name.
func (f *file) importNamed(name string) (string, bool) {
	for _, s := range f.imports {
		if s.name == name && name != "." && name != "_" {
			return s.path, true
		}
	}
	for _, s := range f.imports {
		if s.name == "" && f.tree.packageName(s.path) == name {
			return s.path, true
		}
	}
	return "", false
}

// renamed reports whether the name of the package at path, which f imports as
// name, is or may be another one than its path suggests.
func (f *file) renamed(importPath, name string) bool {
	if certain := f.tree.certainName(importPath); certain != "" {
		return certain != path.Base(importPath)
	}
	return name == "." || slices.ContainsFunc(f.imports, func(s importSpec) bool {
		return s.path == importPath && s.name == name
	})
}

// dotImports returns the paths that f imports with a dot.
func (f *file) dotImports() []string {
	var paths []string
	for _, s := range f.imports {
		if s.name == "." && !slices.Contains(paths, s.path) {
			paths = append(paths, s.path)
		}
	}
	return paths
}

// packageName returns the name of the package at an import path: for certain if
// that is possible, else as it was looked up, else a guess.
func (t *Tree) packageName(p string) string {
	if name := t.certainName(p); name != "" {
		return name
	}
	if name := t.names[p]; name != "" {
		return name
	}
	return ident.Package(p)
}

// certainName returns the name of a package that need not be looked up, or "".
func (t *Tree) certainName(p string) string {
	switch {
	case p == "C" || p == "unsafe":
		return p
	case p == model.RuntimePath:
		return "loop"
	case p == model.ImplPath:
		return "loopimpl"
	case t.in.Known[p] != "":
		return t.in.Known[p]
	case t.standard(p):
		return ident.Package(p)
	}
	return ""
}

// standard reports whether p belongs to the standard library, where the name of
// a package is always the last element of its path.
func (t *Tree) standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	own, _, _ := strings.Cut(t.in.Module, "/")
	return !strings.Contains(first, ".") && first != own
}

// Needs are the questions of Build to the go command.
type Needs struct {
	Names   []string // paths whose package names are in doubt
	Exports []string // paths of which one exports a name that a dot import brings
}

// Needs returns the names that have to be looked up. Usually there are none.
func (t *Tree) Needs() Needs {
	var n Needs
	for _, f := range t.files {
		for _, target := range f.targets {
			target.needs(&n)
		}
		for _, front := range f.fronts {
			front.needs(&n)
		}
	}
	slices.Sort(n.Names)
	slices.Sort(n.Exports)
	return Needs{Names: slices.Compact(n.Names), Exports: slices.Compact(n.Exports)}
}

// needs adds the needs of one handler.
func (t *target) needs(n *Needs) {
	t.file.needs(n, t.decl.Type, nil)
	if r := t.file.receiverOf(t.decl); r.base != "" {
		if decl := t.file.unit.typeNamed(r.base, t.file.constraint); decl != nil && decl.spec.TypeParams != nil {
			decl.file.needs(n, decl.spec.TypeParams, nil)
		}
	}
	for _, d := range t.directives {
		for _, v := range []*directive.Value{d.Loop, d.Key, d.Serial} {
			if v == nil {
				continue
			}
			if x, err := parseExpr(v.Text); err == nil {
				t.file.needs(n, x, localNames(t.decl))
			}
		}
	}
}

// needs adds the needs of the identifiers below node. Those in locals are no
// imports.
func (f *file) needs(n *Needs, node ast.Node, locals map[string]bool) {
	ast.Inspect(node, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok && !locals[id.Name] && !f.certain(id.Name) {
				n.Names = append(n.Names, f.doubtful()...)
			}
		case *ast.Ident:
			if dots := f.dotImports(); len(dots) > 1 && x.IsExported() && !f.unit.scope.Declares(x.Name) {
				n.Exports = append(n.Exports, dots...)
			}
		}
		return true
	})
}

// certain reports whether it is clear without a look-up which import of f is
// called name.
func (f *file) certain(name string) bool {
	return slices.ContainsFunc(f.imports, func(s importSpec) bool {
		return s.name == name || s.name == "" && f.tree.certainName(s.path) == name
	})
}

// doubtful returns the imports of f whose names have to be looked up.
func (f *file) doubtful() []string {
	var paths []string
	for _, s := range f.imports {
		if s.name == "" && f.tree.certainName(s.path) == "" {
			paths = append(paths, s.path)
		}
	}
	return paths
}

// addImports records under which names the files of a unit import packages.
func (u *unit) addImports() {
	u.scope.Imports = map[string][]model.Decl{}
	for _, f := range u.files {
		for _, s := range f.imports {
			name := s.name
			if name == "" {
				name = f.tree.packageName(s.path)
			}
			if name == "." || name == "_" {
				continue
			}
			u.scope.Imports[name] = append(u.scope.Imports[name], model.Decl{Pos: f.pos(s.pos), Kind: "import", Constraint: f.constraint})
		}
	}
}
