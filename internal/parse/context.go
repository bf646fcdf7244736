package parse

import (
	"go/ast"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// isContext reports whether x is context.Context, or an alias of it. Aliases may
// be declared in other packages.
func (e exprEnv) isContext(x ast.Expr) bool {
	path, name := e.typePath(x)
	tree := e.file.tree
	if e.home != nil {
		tree = e.home.tree // the one that can read others
	}
	for range maxAliases {
		if name == "Context" && (path == "context" || path == "golang.org/x/net/context") {
			return true
		}
		decl := tree.contextAlias(path, name)
		if decl == nil {
			return false
		}
		path, name = exprEnv{file: decl.file}.typePath(decl.spec.Type)
	}
	return false
}

// contextAlias returns the declaration of an alias in another package that may
// stand for context.Context, or nil. Reading packages takes time, and whether one
// is read must not depend on what else is part of the run, so the name decides.
func (t *Tree) contextAlias(path, name string) *typeDecl {
	if path == "" || t.standard(path) || !speaksOfContext(name) {
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

func speaksOfContext(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "ctx") || strings.Contains(name, "context")
}
