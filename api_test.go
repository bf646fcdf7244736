package asyncgen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/apitext"
)

// TestAPI compares what the public packages of this module export with the files in api. Nested
// modules have the same test.
func TestAPI(t *testing.T) { apitext.Check(t, ".", *update) }

// private are the modules without a public package.
var private = []string{
	"analysis/testdata", "benchmark", "conformance", "examples/", "loop/loophttp/routertest", "loop/loopz/browsertest",
	"observe/benchmark", "remote/natsremote/benchmark",
}

// TestAPIOfEveryModule wants the test in each nested module, and no file of a package that there is
// not.
func TestAPIOfEveryModule(t *testing.T) {
	t.Parallel()
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		switch {
		case entry.Name() == "go.mod" && dir != "." && !strings.HasPrefix(dir, "testdata/"):
			requireAPITest(t, dir)
		case strings.HasPrefix(dir, "api") && strings.HasSuffix(path, ".txt"):
			of := strings.TrimPrefix(strings.TrimSuffix(filepath.ToSlash(path), ".txt"), "api/")
			sources, err := filepath.Glob(filepath.Join(filepath.FromSlash(of), "*.go"))
			require.NoError(t, err)
			require.NotEmpty(t, sources, "%s is the API of a package that is not there: remove it", path)
		}
		return nil
	}))
}

// TestEveryPackageHasAPromise wants each public package in the page about compatibility.
func TestEveryPackageHasAPromise(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/compatibility.md")
	require.NoError(t, err)
	require.NoError(t, fs.WalkDir(os.DirFS("api"), ".", func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimSuffix(path, ".txt")
		if err == nil && !entry.IsDir() && !strings.HasSuffix(name, "impl") {
			require.Contains(t, string(page), "`"+name+"`")
		}
		return err
	}))
}

func requireAPITest(t *testing.T, dir string) {
	t.Helper()
	for _, p := range private {
		if dir == p || strings.HasSuffix(p, "/") && strings.HasPrefix(dir, p) {
			return
		}
	}
	test, err := os.ReadFile(filepath.Join(filepath.FromSlash(dir), "api_test.go"))
	require.NoError(t, err, "%s is a module, and has no test of its API", dir)
	require.Contains(t, string(test), "apitext.Check(t, ")
}
