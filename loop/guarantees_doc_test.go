package loop_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testNames returns the tests of this package, by what their files declare.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

// The document names the tests that prove each guarantee. A test that was renamed
// or removed must not go on being cited.
func TestGuaranteesDocumentNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guarantees.md")
	require.NoError(t, err)
	names := testNames(t)
	own, _, _ := strings.Cut(string(text), "\n## HTTP handlers\n") // package loophttp looks after that
	numbered := regexp.MustCompile(`(?m)^## \d+\. `).FindAllString(own, -1)
	require.Len(t, numbered, 10, "one section for each guarantee of the package documentation")
	test := regexp.MustCompile("`(Test[A-Za-z0-9_]*)`")
	for _, section := range strings.Split(own, "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		cited := test.FindAllStringSubmatch(section, -1)
		require.NotEmpty(t, cited, "%s cites no test", title)
		for _, c := range cited {
			require.True(t, names[c[1]], "%s cites %s, which does not exist", title, c[1])
		}
	}
}

// funcNames returns the functions and methods of the package and of its internal ones.
func funcNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, pattern := range []string{"*.go", "internal/*/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			names[file], names[filepath.Dir(file)] = true, true
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					names[fn.Name.Name] = true
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if method, ok := n.(*ast.InterfaceType); ok {
					for _, m := range method.Methods.List {
						for _, id := range m.Names {
							names[id.Name] = true
						}
					}
				}
				return true
			})
		}
	}
	return names
}

// The document names the functions that keep each guarantee, and their files.
func TestGuaranteesDocumentNamesFunctionsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guarantees.md")
	require.NoError(t, err)
	names := funcNames(t)
	quoted := regexp.MustCompile("`([A-Za-z_/.]+)`")
	paragraphs := regexp.MustCompile(`(?s)\nIn the code: .*?\n\n`).FindAllString(string(text), -1)
	require.Len(t, paragraphs, 10, "one for each guarantee")
	for _, p := range paragraphs {
		for _, c := range quoted.FindAllStringSubmatch(p, -1) {
			require.True(t, names[c[1]], "%s does not exist", c[1])
		}
	}
}
