package model_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/receiver"
)

// The table agrees with the source of the runtime: each call exists, and its loop is where the
// table puts it.
func TestRuntimeCallsExist(t *testing.T) {
	t.Parallel()
	declared := map[string]map[string]*ast.FuncDecl{}
	for path, dir := range map[string]string{model.RuntimePath: "../../loop", model.ImplPath: "../../loop/loopimpl", model.HTTPPath: "../../loop/loophttp"} {
		declared[path] = functions(t, dir)
	}
	for _, c := range model.RuntimeCalls() {
		fn := declared[c.Package][c.Receiver+"."+c.Name]
		require.NotNil(t, fn, "%+v", c)
		var types []string
		for _, p := range fn.Type.Params.List {
			for range max(1, len(p.Names)) {
				types = append(types, loopType(p.Type))
			}
		}
		require.Equal(t, "Loop", types[c.Loop], "%+v", c)
		require.LessOrEqual(t, c.Arity, len(types), "%+v", c)
		found, ok := model.FindCall(c.Package, c.Receiver, c.Name)
		require.True(t, ok)
		require.Equal(t, c, found)
	}
	_, ok := model.FindCall(model.RuntimePath, "", "Await")
	require.False(t, ok)
}

// functions returns the functions and methods of a package by receiver and name.
func functions(t *testing.T, dir string) map[string]*ast.FuncDecl {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	found := map[string]*ast.FuncDecl{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				name := "." + fn.Name.Name
				if fn.Recv != nil {
					name = receiver.TypeName(fn) + name
				}
				found[name] = fn
			}
		}
	}
	return found
}

// loopType returns Loop for the types *Loop and *loop.Loop, and nothing for others.
func loopType(x ast.Expr) string {
	star, ok := x.(*ast.StarExpr)
	if !ok {
		return ""
	}
	if sel, ok := star.X.(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	if id, ok := star.X.(*ast.Ident); ok && id.Name == "Loop" {
		return id.Name
	}
	return ""
}
