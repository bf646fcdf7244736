package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/diag"
)

func at(file string, line, column int) token.Position {
	return token.Position{Filename: file, Line: line, Column: column}
}

func TestSortedOrdersAndDropsRepetitions(t *testing.T) {
	t.Parallel()
	var l diag.List
	l.Add(
		diag.Diagnostic{Pos: at("b.go", 1, 1), Code: diag.NameTaken, Message: "x"},
		diag.Diagnostic{Pos: at("a.go", 10, 1), Code: diag.NameTaken, Message: "x"},
		diag.Diagnostic{Pos: at("a.go", 9, 2), Code: diag.NameTaken, Message: "x"},
		diag.Diagnostic{Pos: at("a.go", 9, 1), Code: diag.NameTwice, Message: "x"},
	)
	l.Add(diag.Diagnostic{Pos: at("a.go", 9, 2), Code: diag.NameTaken, Message: "x"})
	var got []string
	for _, d := range l.Sorted() {
		got = append(got, d.Pos.String()+" "+string(d.Code))
	}
	require.Equal(t, []string{"a.go:9:1 AG202", "a.go:9:2 AG201", "a.go:10:1 AG201", "b.go:1:1 AG201"}, got)
	require.Equal(t, 5, l.Len())
}

// TestEveryCodeIsDocumented demands an entry in docs/diagnostics.md for every
// code, and a scenario in which it occurs unless it stands for a bug.
func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/diagnostics.md")
	require.NoError(t, err)
	scenarios := expectations(t)
	seen := map[string]bool{}
	for name, code := range codes(t) {
		require.False(t, seen[code], "%s is used twice", code)
		seen[code] = true
		require.Contains(t, string(page), "### "+code+": ", "%s has no entry", name)
		if !strings.HasPrefix(code, "AG9") {
			require.Contains(t, scenarios, "["+code+"]", "%s has no scenario", name)
		}
	}
	require.NotEmpty(t, seen)
	require.Equal(t, len(seen), strings.Count(string(page), "\n### AG"), "the page has entries for codes that do not exist")
}

// codes reads the constants out of the source, so that none can be forgotten.
func codes(t *testing.T) map[string]string {
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	require.NoError(t, err)
	found := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok {
			value, err := strconv.Unquote(s.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			found[s.Names[0].Name] = value
		}
		return true
	})
	return found
}

func expectations(t *testing.T) string {
	files, err := filepath.Glob("../../testdata/*/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		all.Write(data)
	}
	return all.String()
}
