package parse

import (
	"go/ast"
	"slices"
)

// scriptOf returns the path of f if it is a script, or "": a file under a build
// constraint with a function main of its own, in a directory where another file
// has one too. Both cannot be in one program, so each is a program of its own.
func (t *Tree) scriptOf(f *file) string {
	if f.constraint.IsZero() || !f.hasMain() {
		return ""
	}
	another := slices.ContainsFunc(t.files, func(g *file) bool {
		return g != f && g.hasMain() && !g.constraint.Excludes(f.constraint)
	})
	if !another {
		return ""
	}
	return f.path
}

// hasMain reports whether f declares the main function of a program.
func (f *file) hasMain() bool {
	return !f.test && f.ast.Name.Name == "main" && slices.ContainsFunc(f.ast.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && fn.Name.Name == "main"
	})
}

// shareHelpers lets scripts see the declarations of files that have the same
// constraint and no main: such files are compiled together with any of them.
func (t *Tree) shareHelpers() {
	for _, u := range t.units {
		if u.script == "" {
			continue
		}
		script := u.files[0]
		for _, f := range t.files {
			helper := f.unit.script == "" && !f.test && f.ast.Name.Name == "main" && f.constraint.Line() == script.constraint.Line()
			if helper {
				u.declarations(f)
				u.methodsOf(f)
			}
		}
	}
}
