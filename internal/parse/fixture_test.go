package parse_test

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// world is a package, example.com/m, and those that it imports.
type world struct {
	dir   parse.Directory
	other map[string]parse.Directory
}

// newWorld reads an archive. A file without a folder belongs to the package; one in
// a folder to the package with that import path. Text without a file name is
// p.go.
func newWorld(text string) world {
	if !strings.HasPrefix(text, "-- ") {
		text = "-- p.go --\n" + text
	}
	w := world{dir: parse.Directory{Path: "example.com/m", Dir: "/m", Module: "example.com/m"}, other: map[string]parse.Directory{}}
	for _, f := range txtar.Parse([]byte(text)).Files {
		importPath, base := path.Split(f.Name)
		s := parse.Source{Path: "/m/" + base, Src: f.Data}
		s.Owned, s.Marked = model.Classify(s.Path, f.Data)
		if importPath == "" {
			w.dir.Files = append(w.dir.Files, s)
			continue
		}
		importPath = strings.TrimSuffix(importPath, "/")
		s.Path, s.Marked = "/other/"+base, false
		other := w.other[importPath]
		other.Path, other.Files = importPath, append(other.Files, s)
		w.other[importPath] = other
	}
	w.dir.Elsewhere = func(importPath string) (parse.Directory, map[string]string) { return w.other[importPath], nil }
	return w
}

// read builds the model of a world.
func (w world) read() ([]*model.Package, []diag.Diagnostic) {
	tree := parse.Files(w.dir)
	pkgs := tree.Build(nil, nil)
	return pkgs, tree.Diagnostics()
}

// problems renders diagnostics as "file:line:column code".
func problems(list []diag.Diagnostic) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s:%d:%d %s", filepath.Base(d.Pos.Filename), d.Pos.Line, d.Pos.Column, d.Code))
	}
	return out
}

// handlersOf renders the handlers of all packages as "Recv.Name", in the order of
// the model, with the files of the constrained ones.
func handlersOf(pkgs []*model.Package) []string {
	out := []string{}
	for _, p := range pkgs {
		for _, h := range p.Handlers {
			name := h.Name
			if h.Recv != nil {
				name = h.Recv.Type + "." + h.Name
			}
			if c := h.Source.Constraint; !c.IsZero() {
				name += " in " + filepath.Base(h.Source.Path) + " if " + strings.TrimSpace(strings.Join(c.Suffix, " ")+" "+c.Line())
			}
			out = append(out, name)
		}
	}
	return out
}

// spelling is a [model.Naming] that keeps every name.
type spelling struct{}

func (spelling) Import(path string) string { return "<" + path + ">" }

func (spelling) TypeParam(i int) string   { return fmt.Sprintf("$%d", i) }
func (spelling) Local(name string) string { return name }

// signatureOf renders the types of a handler's parameters and results.
func signatureOf(h *model.Handler) string {
	var params, results []string
	for _, p := range h.Params {
		params = append(params, p.Type.Text(spelling{}))
	}
	for _, r := range h.Results {
		results = append(results, r.Type.Text(spelling{}))
	}
	return strings.Join(params, ", ") + " -> " + strings.Join(results, ", ")
}

// sole returns the only handler of the only package.
func sole(t *testing.T, pkgs []*model.Package) *model.Handler {
	t.Helper()
	if len(pkgs) != 1 || len(pkgs[0].Handlers) != 1 {
		t.Fatalf("got %v, want one handler", handlersOf(pkgs))
	}
	return pkgs[0].Handlers[0]
}

// sorted returns the keys of a map in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
