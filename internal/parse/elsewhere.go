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
	when []model.Constraint
}

// env returns the scope of a file, seen from the front's file.
func (s *methodSet) env(f *file) exprEnv {
	e := exprEnv{file: f, args: map[string]*model.Expr{}}
	if f.tree != s.target.file.tree {
		e.home = s.target.file
	}
	return e
}

// declared returns the uses of a declaration, which are several if it is an
// alias of a type with several declarations.
func (s *methodSet) declared(d *typeDecl, args []*model.Expr, when []model.Constraint) []*use {
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
	when = s.and(when, d.file)
	if d.spec.Assign.IsValid() {
		if uses := s.resolve(d.spec.Type, env, when); len(uses) > 0 {
			return uses
		}
	}
	return []*use{{decl: d, args: args, expr: ast.Unparen(d.spec.Type), env: env, when: when}}
}

// resolve finds the type that x names. There are several uses if files with
// different constraints declare it.
func (s *methodSet) resolve(x ast.Expr, env exprEnv, when []model.Constraint) []*use {
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxAliases {
		return nil // a cycle, which the compiler will report
	}
	switch t := ast.Unparen(x).(type) {
	case *ast.StarExpr:
		return s.resolve(t.X, env, when)
	case *ast.IndexExpr:
		return s.named(t.X, env, s.typeArgs(env, t.Index), when)
	case *ast.IndexListExpr:
		return s.named(t.X, env, s.typeArgs(env, t.Indices...), when)
	case *ast.Ident, *ast.SelectorExpr:
		return s.named(t, env, nil, when)
	case *ast.InterfaceType, *ast.StructType:
		return []*use{{expr: t, env: env, when: when}}
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

// named finds the declarations of a name, here or in another package.
func (s *methodSet) named(x ast.Expr, env exprEnv, args []*model.Expr, when []model.Constraint) []*use {
	f, home := env.file, s.target.file
	switch t := ast.Unparen(x).(type) {
	case *ast.SelectorExpr:
		id, ok := t.X.(*ast.Ident)
		if !ok {
			return nil
		}
		if path, ok := f.importNamed(id.Name); ok && s.exported(f, t) {
			return s.elsewhere(path, t.Sel.Name, args, when)
		}
	case *ast.Ident:
		if decls := f.unit.alternatives(t.Name, home.constraint); len(decls) > 0 {
			return s.each(decls, args, when)
		}
		if path, name := f.outside(t.Name); path != "" {
			return s.elsewhere(path, name, args, when)
		}
		if t.Name == "error" {
			return s.elsewhere("builtin", "error", nil, when)
		}
	}
	return nil
}

// exported reports whether f may use a type of another package. If the front's own
// package may not, that has been reported.
func (s *methodSet) exported(f *file, x *ast.SelectorExpr) bool {
	if x.Sel.IsExported() {
		return true
	}
	if f.tree == s.target.file.tree {
		s.failed = true
		f.errorf(x, diag.BadDeclaration, "embed an exported type", "%s is not exported, so no other package can use it", x.Sel.Name)
	}
	return false
}

// each returns the uses of several declarations of one name.
func (s *methodSet) each(decls []*typeDecl, args []*model.Expr, when []model.Constraint) []*use {
	var uses []*use
	for _, d := range decls {
		never := slices.ContainsFunc(when, func(c model.Constraint) bool { return c.Excludes(d.file.constraint) })
		if !never {
			uses = append(uses, s.declared(d, args, when)...)
		}
	}
	return uses
}

// alternatives returns the declarations of a type that a file with constraint c
// can see in one build or another. Of two that are in one build, which is a
// mistake, only the first counts.
func (u *unit) alternatives(name string, c model.Constraint) []*typeDecl {
	var list []*typeDecl
	for _, t := range u.types[name] {
		same := func(other *typeDecl) bool {
			return !t.file.constraint.Excludes(other.file.constraint)
		}
		if !t.file.constraint.Excludes(c) && !slices.ContainsFunc(list, same) {
			list = append(list, t)
		}
	}
	return list
}

// elsewhere finds a type of another package.
func (s *methodSet) elsewhere(path, name string, args []*model.Expr, when []model.Constraint) []*use {
	home := s.target.file.tree
	if tree := home.read(path); tree != nil {
		for _, u := range tree.units {
			if decls := u.alternatives(name, model.Constraint{}); len(decls) > 0 && !u.external {
				return s.each(decls, args, when)
			}
		}
	}
	s.failed = true
	s.target.errorf(s.target.directive, diag.FrontMethod, "correct the import, or put directives over the methods",
		"the methods that %s has from %s.%s cannot be found", s.target.spec.Name.Name, path, name)
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
			tree.prune()
			t.others[path] = tree
		}
	}
	return t.others[path]
}

// prune forgets the files of a package that no build includes, and programs that
// are no part of it.
func (t *Tree) prune() {
	several := len(t.units) > 1
	t.units = slices.DeleteFunc(t.units, func(u *unit) bool {
		return several && (u.name == "main" || u.name == "documentation")
	})
	never := map[*file]bool{}
	for _, f := range t.files {
		c := f.constraint
		never[f] = !c.IsZero() && !slices.ContainsFunc(model.Builds(c), func(b *model.Build) bool { return b.Includes(c) })
	}
	for _, u := range t.units {
		for name, list := range u.types {
			u.types[name] = slices.DeleteFunc(list, func(d *typeDecl) bool { return never[d.file] })
		}
		for name, list := range u.methods {
			u.methods[name] = slices.DeleteFunc(list, func(d *funcDecl) bool { return never[d.file] })
		}
	}
}

// underlying follows definitions until literals are reached.
func (s *methodSet) underlying(u *use) []*use {
	switch u.expr.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
	default:
		return []*use{u}
	}
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxAliases {
		return nil
	}
	var bodies []*use
	for _, next := range s.resolve(u.expr, u.env, u.when) {
		bodies = append(bodies, s.underlying(next)...)
	}
	return bodies
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

// Imports returns the import paths of all files, sorted.
func (t *Tree) Imports() []string {
	var paths []string
	for _, f := range t.files {
		for _, s := range f.imports {
			paths = append(paths, s.path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
