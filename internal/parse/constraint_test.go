package parse_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/parse"
)

// TestConstraints reads file names and build lines as the go command does.
func TestConstraints(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, head, suffix, line string }{
		{"p.go", "", "", ""},
		{"p_linux.go", "", "linux", ""},
		{"p_linux_arm64.go", "", "linux arm64", ""},
		{"p_arm64_linux.go", "", "linux", ""},
		{"linux.go", "", "", ""},
		{"p_linux_test.go", "", "linux", ""},
		{"p_unix.go", "", "", ""},
		{"p.linux.go", "", "", ""},
		{"p.go", "//go:build linux && !cgo\n\n", "", "linux && !cgo"},
		{"p_js.go", "//go:build wasm\n\n", "js", "wasm"},
		{"p.go", "// A comment.\n\n//go:build custom\n\n// More.\n", "", "custom"},
		{"p.go", "/* Block */\n\n//go:build custom\n\n", "", "custom"},
		{"p.go", "/*\n//go:build custom\n*/\n\n", "", ""},
		{"p.go", "//go:build\n\n", "", ""},
		{"p.go", "// go:build custom\n\n", "", ""},
		{"p.go", "\ufeff//go:build custom\n\n", "", "custom"},
		{"p.go", "//go:build custom\r\n\r\n", "", "custom"},
		{"p.go", "// +build linux,amd64 darwin\n\n", "", "(linux && amd64) || darwin"},
		{"p.go", "// +build linux\n// +build cgo\n\n", "", "cgo && linux"},
		{"p.go", "// +build linux\n", "", ""},
		{"p.go", "//go:build custom\n// +build other\n\n", "", "custom"},
	}
	for _, tt := range tests {
		pkgs, diags := newWorld("-- " + tt.name + " --\n" + tt.head + "package p\n" + anyHandler).read()
		require.Empty(t, problems(diags), tt.head)
		c := sole(t, pkgs).Source.Constraint
		require.Equal(t, tt.suffix, strings.Join(c.Suffix, " "), tt.name)
		require.ElementsMatch(t, strings.Fields(tt.line), strings.Fields(c.Line()), "%s %q", tt.name, tt.head)
	}
}

// TestCgoIsAConstraint checks that a file that imports C is one for builds with cgo.
func TestCgoIsAConstraint(t *testing.T) {
	t.Parallel()
	pkgs, diags := newWorld("//go:build linux\n\npackage p\n\nimport \"C\"\n" + anyHandler).read()
	require.Empty(t, problems(diags))
	require.Equal(t, "cgo && linux", sole(t, pkgs).Source.Constraint.Line())
	_, diags = newWorld("package p\n\nimport \"C\"\n\n//asyncgen:bridge loop=default\nfunc F(n C.int) {}\n").read()
	require.Equal(t, []string{"p.go:6:10 AG107"}, problems(diags))
}

// TestImports checks which packages have to be looked up, and the names that they
// are taken to have.
func TestImports(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec, use string
		names     map[string]string // answers
		needs     []string
		want      string
	}{
		"standard":     {`"net/http"`, "http.Header", nil, nil, "<net/http>.Header"},
		"named":        {`x "example.com/y"`, "x.T", nil, nil, "<example.com/y>.T"},
		"runtime":      {`"github.com/asyncgen/asyncgen/loop"`, "*loop.Loop", nil, nil, "*<github.com/asyncgen/asyncgen/loop>.Loop"},
		"own module":   {`"example.com/m/known"`, "k.T", nil, nil, "<example.com/m/known>.T"},
		"by its path":  {`"example.com/y"`, "y.T", nil, []string{"example.com/y"}, "<example.com/y>.T"},
		"by answer":    {`"example.com/y"`, "z.T", map[string]string{"example.com/y": "z"}, []string{"example.com/y"}, "<example.com/y>.T"},
		"version":      {`"example.com/y/v3"`, "y.T", nil, []string{"example.com/y/v3"}, "<example.com/y/v3>.T"},
		"gopkg.in":     {`"gopkg.in/y.v3"`, "y.T", nil, []string{"gopkg.in/y.v3"}, "<gopkg.in/y.v3>.T"},
		"go- prefix":   {`"example.com/go-y"`, "y.T", nil, []string{"example.com/go-y"}, "<example.com/go-y>.T"},
		"only v":       {`"v2"`, "v2.T", nil, nil, "<v2>.T"},
		"unsafe":       {`"unsafe"`, "unsafe.Pointer", nil, nil, "<unsafe>.Pointer"},
		"one dot":      {`. "example.com/y"`, "T", nil, nil, "<example.com/y>.T"},
		"not imported": {`"io"`, "other.T", nil, nil, "other.T"},
	}
	for name, tt := range tests {
		w := newWorld("package p\n\nimport " + tt.spec + "\n\n//asyncgen:bridge loop=default\nfunc F(x " + tt.use + ") {}\n")
		w.dir.Known = map[string]string{"example.com/m/known": "k"}
		tree := parse.Files(w.dir)
		require.Equal(t, tt.needs, tree.Needs().Names, name)
		pkgs := tree.Build(tt.names, nil)
		require.Empty(t, tree.Diagnostics(), name)
		require.Equal(t, tt.want+" -> ", signatureOf(sole(t, pkgs)), name)
	}
}

// TestDotImports checks that a name is looked for in several dot imports.
func TestDotImports(t *testing.T) {
	t.Parallel()
	tree := parse.Files(newWorld("package p\n\nimport (\n\t. \"example.com/a\"\n\t. \"example.com/b\"\n)\n\n//asyncgen:bridge loop=default\nfunc F(x X, y Own, z int) {}\n\n//asyncgen:bridge loop=default\nfunc G(x Nowhere) {}\n\ntype Own int\n").dir)
	require.Equal(t, []string{"example.com/a", "example.com/b"}, tree.Needs().Exports)
	pkgs := tree.Build(nil, map[string]map[string]bool{"example.com/a": {"A": true}, "example.com/b": {"X": true}})
	require.Equal(t, "<example.com/b>.X, Own, int -> ", signatureOf(sole(t, pkgs)))
	require.Equal(t, []string{"p.go:12:10 AG111"}, problems(tree.Diagnostics()))
}

// TestNamesOfConstrainedOutput checks the files that stand for those of other packages.
func TestNamesOfConstrainedOutput(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ front, other, own, want string }{
		"suffix":        {"a.go", "o_linux.go", "", "a_o_o_linux.go if linux"},
		"two suffixes":  {"a.go", "o_linux_arm64.go", "", "a_o_o_linux_arm64.go if linux arm64"},
		"build line":    {"a.go", "x.go", "", "a_o_x.go if custom"},
		"false suffix":  {"a.go", "linux.go", "", "a_o_linux_go.go if custom"},
		"test":          {"a_test.go", "o_linux.go", "", "a_o_o_linux_test.go if linux"},
		"both":          {"a_linux.go", "o_arm64.go", "", "a_linux_o_o_arm64.go if arm64 linux"},
		"taken":         {"a.go", "o_linux.go", "a_o_o_linux.go", "a_o_o_go_linux.go if linux"},
		"taken by test": {"a_test.go", "x.go", "a_o_x_test.go", "a_o_x_go_test.go if custom"},
	}
	for name, tt := range tests {
		line := ""
		if !strings.Contains(tt.other, "_") {
			line = "//go:build custom\n\n"
		}
		text := "-- " + tt.front + " --\npackage p\n\nimport \"example.com/o\"\n\n//asyncgen:bridge\ntype T struct{ o.E }\n" +
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\n-- example.com/o/" + tt.other + " --\n" + line + "package o\nfunc (E) A() {}\n"
		if tt.own != "" {
			text += "-- " + tt.own + " --\npackage p\n"
		}
		pkgs, diags := newWorld(text).read()
		require.Empty(t, problems(diags), name)
		require.Equal(t, []string{"T.A in " + tt.want}, handlersOf(pkgs), name)
		require.Equal(t, "/m", filepath.Dir(sole(t, pkgs).Source.Path), name)
	}
}
