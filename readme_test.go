// Package asyncgen_test holds the repository's front page to the truth.
package asyncgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
)

// TestReadmeShowsRealOutput generates from the first Go block of the README, and compares the documentation
// of the result, and one of its functions.
func TestReadmeShowsRealOutput(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```(?:go)?\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1)
	source, doc, function, other := blocks[0][1], blocks[1][1], blocks[2][1], blocks[3][1]

	dir, text := generated(t, "bank", source)
	require.Contains(t, text, function)
	write(t, filepath.Join(dir, "async_gen.go"), text)
	_, shown, found := strings.Cut(goDoc(t, dir, "Account"), "\n\n")
	require.True(t, found)
	require.Equal(t, shown, doc)

	declaration, _, found := strings.Cut(other, " // ")
	require.True(t, found, "a handler without a body, and a comment")
	_, text = generated(t, "script", `package script

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

var vm = loop.New()

`+declaration+" { return nil, nil }\n")
	require.Contains(t, text, "func EvalOnLoop(ctx context.Context, script string) (any, error) {")
}

// goDoc returns the documentation of a name in the package of a directory.
func goDoc(t *testing.T, dir, name string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "doc", name)
	cmd.Dir, cmd.Env = dir, environment()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// environment returns the variables for the go command. A workspace of the developer's must not decide
// what is tested.
func environment() []string { return append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod") }

// generated returns what asyncgen makes of a package with one file, and the directory of the package.
func generated(t *testing.T, name, source string) (dir, text string) {
	t.Helper()
	dir = module(t, name)
	write(t, filepath.Join(dir, name+".go"), source)
	result, err := generator.Generate(t.Context(), generator.Config{
		Dir: dir, Env: environment(),
	})
	require.NoError(t, err)
	require.Empty(t, result.Diagnostics)
	require.Len(t, result.Files, 1)
	return dir, string(result.Files[0].New)
}

// module returns the directory of a new module that uses the runtime of this repository.
func module(t *testing.T, name string) (dir string) {
	t.Helper()
	root, err := os.Getwd()
	require.NoError(t, err)
	dir = t.TempDir()
	write(t, filepath.Join(dir, "go.sum"), read(t, "go.sum"))
	write(t, filepath.Join(dir, "go.mod"), "module example.com/"+name+`

go 1.26

require github.com/asyncgen/asyncgen v0.0.0

replace github.com/asyncgen/asyncgen => "`+filepath.ToSlash(root)+`"
`)
	return dir
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
