package parse

import (
	"go/ast"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// use is a type as it is used somewhere: a declaration with type arguments, or
// only the expression behind it.
type use struct {
	decl *typeDecl // nil for a literal
	args []*model.Expr
	expr ast.Expr
	env  exprEnv // in which expr is to be read
	skip bool    // fronts leave out what it brings
}

// env returns the scope of a file, seen from the front's file.
func (s *methodSet) env(f *file) exprEnv {
	e := exprEnv{file: f, args: map[string]*model.Expr{}}
	if f.tree != s.target.file.tree {
		e.home = s.target.file
	}
	return e
}

// declared returns the use of a declaration. Aliases are followed.
func (s *methodSet) declared(d *typeDecl, args []*model.Expr) *use {
	env := s.env(d.file)
	i := 0
	if list := d.spec.TypeParams; list != nil {
		for _, field := range list.List {
			for _, name := range field.Names {
				if i < len(args) && name.Name != "_" {
					env.args[name.Name] = args[i]
				}
				i++
			}
		}
	}
	if d.spec.Assign.IsValid() {
		if u := s.resolve(d.spec.Type, env); u != nil {
			return u
		}
	}
	return &use{decl: d, args: args, expr: ast.Unparen(d.spec.Type), env: env}
}

// resolve finds the type that x names, or returns nil.
func (s *methodSet) resolve(x ast.Expr, env exprEnv) *use {
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxAliases {
		return nil // a cycle, which the compiler will report
	}
	switch t := ast.Unparen(x).(type) {
	case *ast.StarExpr:
		return s.resolve(t.X, env)
	case *ast.IndexExpr:
		return s.named(t.X, env, s.typeArgs(env, t.Index))
	case *ast.IndexListExpr:
		return s.named(t.X, env, s.typeArgs(env, t.Indices...))
	case *ast.Ident, *ast.SelectorExpr:
		return s.named(t, env, nil)
	case *ast.InterfaceType, *ast.StructType:
		return &use{expr: t, env: env}
	}
	return nil
}

func (s *methodSet) typeArgs(env exprEnv, list ...ast.Expr) []*model.Expr {
	var args []*model.Expr
	for _, x := range list {
		arg, ok := env.expr(x)
		if !ok {
			return nil
		}
		args = append(args, arg)
	}
	return args
}

// named finds a declaration by its name, here or in another package.
func (s *methodSet) named(x ast.Expr, env exprEnv, args []*model.Expr) *use {
	f, home := env.file, s.target.file
	switch t := ast.Unparen(x).(type) {
	case *ast.SelectorExpr:
		id, ok := t.X.(*ast.Ident)
		if !ok {
			return nil
		}
		if path, ok := f.importNamed(id.Name); ok {
			return s.elsewhere(path, t.Sel.Name, args)
		}
	case *ast.Ident:
		if d := f.unit.typeNamed(t.Name, home.constraint); d != nil {
			return s.declared(d, args)
		}
		if path, name := f.outside(t.Name); path != "" {
			return s.elsewhere(path, name, args)
		}
		if t.Name == "error" {
			return s.elsewhere("builtin", "error", nil)
		}
	}
	return nil
}

// elsewhere finds a type of another package.
func (s *methodSet) elsewhere(path, name string, args []*model.Expr) *use {
	home := s.target.file.tree
	if tree := home.read(path); tree != nil {
		for _, u := range tree.units {
			if d := u.typeNamed(name, model.Constraint{}); d != nil && !u.external {
				return s.declared(d, args)
			}
		}
	}
	s.failed = true
	s.target.errorf(s.target.directive, diag.FrontMethod, "correct the import, or put directives over the methods",
		"the methods that %s has from %s.%s are not to be found", s.target.spec.Name.Name, path, name)
	return nil
}

// read parses a package that is not the tree's own, once.
func (t *Tree) read(path string) *Tree {
	if tree, ok := t.others[path]; ok {
		return tree
	}
	t.others[path] = nil
	if path == "builtin" {
		t.others[path] = Files(Directory{Path: path, Files: []Source{{
			Path: "builtin.go", Src: []byte("package builtin\n\ntype error interface{ Error() string }\n"),
		}}})
	} else if t.in.Elsewhere != nil {
		if dir, names := t.in.Elsewhere(path); len(dir.Files) > 0 {
			tree := Files(dir)
			tree.names = names
			t.others[path] = tree
		}
	}
	return t.others[path]
}

// underlying follows definitions until a literal is reached.
func (s *methodSet) underlying(u *use) *use {
	for range maxAliases {
		if u == nil {
			return nil
		}
		switch u.expr.(type) {
		case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
			u = s.resolve(u.expr, u.env)
		default:
			return u
		}
	}
	return nil
}

// foreign resolves an identifier of another package's source. It reports
// whether there was nothing left to find out.
func (r *resolver) foreign(id *ast.Ident) bool {
	declared := r.env.file.unit.scope.Declares(id.Name)
	switch {
	case declared && id.IsExported():
		r.add(model.DotRef, id, r.env.file.tree.in.Path, 0)
	case declared || r.env.home.unit.scope.Declares(id.Name) && !id.IsExported():
		r.ok = false // unexported there, or predeclared and something else here
	default:
		return false
	}
	return true
}

// Doubtful returns the imports of all files whose names have to be looked up.
func (t *Tree) Doubtful() []string {
	var paths []string
	for _, f := range t.files {
		paths = append(paths, f.doubtful()...)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
