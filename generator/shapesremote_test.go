package generator_test

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/diag"
)

// farForms are the forms of a handler that can be called from another process.
func farForms() []form {
	return slices.DeleteFunc(forms(), func(f form) bool { return strings.Contains(f.recv, "G[") })
}

// farSource writes the file with the handlers of a shape, and two fronts, as remote ones.
func (s shape) farSource() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%spackage %s\n\n", s.header, cmp.Or(s.clause, "p"))
	for _, spec := range s.imports {
		fmt.Fprintf(&b, "import %s\n\n", spec)
	}
	fmt.Fprintf(&b, "%s\n\ntype R struct{}\n\n", s.decls)
	for _, f := range farForms() {
		text := strings.ReplaceAll(s.handler(f), "//asyncgen:async loop=default\n//asyncgen:spawn loop=default\n", "")
		b.WriteString(strings.ReplaceAll(text, "//asyncgen:bridge loop=default\n", "//asyncgen:remote loop=default\n"))
	}
	do := s.handlerName(form{name: "Do"})
	fmt.Fprintf(&b, "//asyncgen:remote\ntype Interface interface {\n\t%s\n\t%s%s %s\n}\n\n", s.embeds, do, s.params, s.results)
	if !s.unexported {
		fmt.Fprintf(&b, "//asyncgen:remote\ntype Struct struct{ inner }\n\ntype inner struct{}\n\nfunc (inner) %s%s %s { for {} }\n", do, s.params, s.results)
	}
	return b.String()
}

// TestShapesRemote generates for every shape that is not generic as a remote handler. What
// can travel compiles, and what cannot is refused: nothing is taken for a mistake of ours.
func TestShapesRemote(t *testing.T) {
	t.Parallel()
	files := map[string]string{"go-odd/odd.go": oddSource}
	list := slices.DeleteFunc(slices.Concat(plainShapes(), hidingShapes()), func(s shape) bool { return s.typeParams != "" || s.twin != "" })
	for _, s := range list {
		files[path.Join(s.name, cmp.Or(s.file, "p.go"))] = s.farSource()
		for name, text := range s.more {
			files[path.Join(s.name, name)] = text
		}
	}
	dir := module(t, files)
	r, err := generator.Generate(context.Background(), generator.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	generated := 0
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			if s.verifyFar(t, r) {
				generated++
			}
		})
	}
	require.Greater(t, generated, 12, "most signatures can travel")
}

// verifyFar reports whether the handlers of a shape could be generated.
func (s shape) verifyFar(t *testing.T, r *generator.Result) bool {
	refused := false
	for _, d := range r.Diagnostics {
		if s.owns(d.Package) {
			require.Contains(t, []diag.Code{diag.RemoteMisuse, diag.CannotTravel}, diag.Code(d.Code), d.Message)
			refused = true
		}
	}
	if refused {
		return false
	}
	far := map[string]bool{}
	for _, h := range r.Handlers {
		if s.owns(h.Package) {
			far[h.Name+" "+string(h.Mode)] = true
		}
	}
	for _, f := range farForms() {
		require.True(t, far[s.qualified(f)+" remote"], "%s has no remote", s.qualified(f))
	}
	sources := map[string]string{"p.go": s.farSource()}
	for name, text := range s.more {
		if path.Dir(path.Join(s.name, name)) == s.name {
			sources[path.Base(name)] = text
		}
	}
	for _, f := range r.Files {
		if s.owns(f.Package) {
			sources[path.Base(f.Path)] = string(f.New)
		}
	}
	require.Empty(t, sharedWorld(t).check(sources).Errors)
	return true
}
