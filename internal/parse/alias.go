package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/model"
)

// maxAliases bounds how many aliases are followed, so that a cycle ends.
const maxAliases = 20

// typeUse is a type expression in its scope.
type typeUse struct {
	expr ast.Expr
	env  exprEnv
}

// unalias follows aliases, those of other packages and generic ones too, until x is anything
// else. It returns the expression behind them and its scope.
func (e exprEnv) unalias(x ast.Expr) (ast.Expr, exprEnv) {
	for range maxAliases {
		x = ast.Unparen(x)
		base, args := instantiated(x)
		if id, ok := base.(*ast.Ident); ok && len(args) == 0 {
			if use, ok := e.aliasArgs[id.Name]; ok {
				x, e = use.expr, use.env
				continue
			}
		}
		decl := e.aliasNamed(base)
		if decl == nil {
			return x, e
		}
		next := exprEnv{file: decl.file, reader: e.readingTree(), aliasArgs: map[string]typeUse{}}
		for i, name := range typeParamNames(decl.spec.TypeParams) {
			if i < len(args) {
				next.aliasArgs[name] = typeUse{args[i], e}
			}
		}
		x, e = decl.spec.Type, next
	}
	return x, e
}

// instantiated takes a type apart into a generic type and its arguments.
func instantiated(x ast.Expr) (base ast.Expr, args []ast.Expr) {
	switch t := x.(type) {
	case *ast.IndexExpr:
		return ast.Unparen(t.X), []ast.Expr{t.Index}
	case *ast.IndexListExpr:
		return ast.Unparen(t.X), t.Indices
	}
	return x, nil
}

func typeParamNames(list *ast.FieldList) []string {
	var names []string
	if list != nil {
		for _, field := range list.List {
			for _, name := range field.Names {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// aliasNamed returns the declaration of the alias that x names, or nil.
func (e exprEnv) aliasNamed(x ast.Expr) *typeDecl {
	f := e.file
	switch t := x.(type) {
	case *ast.SelectorExpr:
		if id, ok := t.X.(*ast.Ident); ok {
			if path, ok := f.importNamed(id.Name); ok {
				return e.readingTree().aliasOf(path, t.Sel.Name)
			}
		}
	case *ast.Ident:
		if _, ok := e.typeParams[t.Name]; ok || e.args[t.Name] != nil {
			return nil
		}
		if !f.unit.scope.Declares(t.Name) {
			path, name := f.outside(t.Name)
			return e.readingTree().aliasOf(path, name)
		}
		if d := f.unit.typeNamed(t.Name, f.constraint); d != nil && d.spec.Assign.IsValid() {
			return d
		}
	}
	return nil
}

// readingTree returns the tree that can read other packages.
func (e exprEnv) readingTree() *Tree {
	switch {
	case e.reader != nil:
		return e.reader
	case e.home != nil:
		return e.home.tree
	}
	return e.file.tree
}

// aliasOf returns the declaration of an alias of another package, or nil. The standard library
// and the runtime have no aliases of the types that matter.
func (t *Tree) aliasOf(path, name string) *typeDecl {
	if path == "" || path == "C" || path == model.RuntimePath || t.standard(path) {
		return nil
	}
	if names, _ := t.aliases(path); !names[name] {
		return nil
	}
	other := t.read(path)
	if other == nil {
		return nil
	}
	for _, u := range other.units {
		d := u.typeNamed(name, model.Constraint{})
		if d != nil && !u.external && d.spec.Assign.IsValid() {
			return d
		}
	}
	return nil
}

// aliases returns the names that are aliases in a package, or reports false if it is not found.
func (t *Tree) aliases(path string) (map[string]bool, bool) {
	if t.in.Aliases == nil {
		return nil, false
	}
	return t.in.Aliases(path)
}

// typePath resolves x to the package and name of a type that is declared elsewhere, or of a
// predeclared one, whose path is "". The name is "" if x is anything else.
func (e exprEnv) typePath(x ast.Expr) (path, name string) {
	x, e = e.unalias(x)
	base, _ := instantiated(ast.Unparen(x))
	f := e.file
	switch t := base.(type) {
	case *ast.SelectorExpr:
		if id, ok := t.X.(*ast.Ident); ok {
			if p, ok := f.importNamed(id.Name); ok {
				return p, t.Sel.Name
			}
		}
	case *ast.Ident:
		if _, ok := e.typeParams[t.Name]; ok || e.args[t.Name] != nil {
			return "", ""
		}
		if !f.unit.scope.Declares(t.Name) {
			return f.outside(t.Name)
		}
		if f.tree != e.readingTree() {
			return f.tree.in.Path, t.Name // net/http's own http.Handler
		}
	}
	return "", ""
}

// outside resolves a name that the package does not declare.
func (f *file) outside(name string) (path, resolved string) {
	if dots := f.dotImports(); ast.IsExported(name) && len(dots) > 0 {
		return f.dotProvider(name, dots), name
	}
	return "", name
}

// isError reports whether x is the predeclared error.
func (e exprEnv) isError(x ast.Expr) bool {
	path, name := e.typePath(x)
	return path == "" && name == "error"
}

// isContext reports whether x is context.Context.
func (e exprEnv) isContext(x ast.Expr) bool {
	path, name := e.typePath(x)
	return name == "Context" && (path == "context" || path == "golang.org/x/net/context")
}

// pointedTo is typePath for the type that the pointer x points to. The name is "" if x is no
// pointer.
func (e exprEnv) pointedTo(x ast.Expr) (path, name string) {
	x, e = e.unalias(x)
	star, ok := ast.Unparen(x).(*ast.StarExpr)
	if !ok {
		return "", ""
	}
	return e.typePath(star.X)
}
