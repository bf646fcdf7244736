// Package asyncgen_test holds the repository's front page to the truth.
package asyncgen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
)

// TestReadmeShowsRealOutput generates from the first Go block of the README, and
// compares with the second.
func TestReadmeShowsRealOutput(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1)
	require.Len(t, blocks, 2, "the handler and its bridge")

	require.Equal(t, generated(t, "bank", blocks[0][1]), blocks[1][1])
}

// generated returns what asyncgen makes of a package with one file.
func generated(t *testing.T, name, source string) string {
	t.Helper()
	root, err := os.Getwd()
	require.NoError(t, err)
	dir := t.TempDir()
	write(t, filepath.Join(dir, name+".go"), source)
	write(t, filepath.Join(dir, "go.sum"), read(t, "go.sum"))
	write(t, filepath.Join(dir, "go.mod"), "module example.com/"+name+`

go 1.26

require github.com/asyncgen/asyncgen v0.0.0

replace github.com/asyncgen/asyncgen => "`+filepath.ToSlash(root)+`"
`)
	result, err := generator.Generate(t.Context(), generator.Config{
		Dir: dir,
		// A workspace of the developer's must not decide what is tested.
		Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod"),
	})
	require.NoError(t, err)
	require.Empty(t, result.Diagnostics)
	require.Len(t, result.Files, 1)
	return string(result.Files[0].New)
}

// TestLinks checks that the pages the README files refer to exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	for _, page := range []string{"README.md", "examples/greeter/README.md", "docs/guide.md", "docs/production.md", "docs/recipes.md"} {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(page), m[1]))
			require.NoError(t, err, "link in %s", page)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}
