package generator_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/about"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata/generate")

// TestScenarios runs the archives in testdata/generate. An archive holds the
// files of a module; want/PATH is what must be generated at PATH, want.err the
// diagnostics. A module file is supplied unless the archive has its own, in
// which $ROOT stands for this repository. A file "-> TARGET" is a symbolic link.
func TestScenarios(t *testing.T) {
	t.Parallel()
	const dir = "../testdata/generate"
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries, "no scenario found")
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".txtar")
		require.True(t, ok, "%s is no scenario", e.Name())
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runScenario(t, filepath.Join(dir, e.Name()))
		})
	}
}

func runScenario(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	dir := unpack(t, archive)
	result, err := generator.Generate(context.Background(), generator.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	got := outcome(dir, result)
	if *update {
		rewrite(t, path, archive, got)
		return
	}
	want := expectations(archive)
	require.NotEmpty(t, want, "the scenario expects nothing; run with -update")
	for _, f := range want {
		require.Equal(t, string(f.Data), section(got, f.Name), f.Name)
	}
	require.Len(t, got, len(want), "more was generated than expected")
	requireStable(t, dir, result)
}

// requireStable writes the result and demands that a second run, and a run in
// which nothing is verified, find nothing to do.
func requireStable(t *testing.T, dir string, result *generator.Result) {
	touched, err := result.Write()
	require.NoError(t, err)
	require.Equal(t, result.Stale(), touched)
	again, err := generator.Generate(context.Background(), generator.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.Empty(t, again.Stale())
	require.Equal(t, outcome(dir, result), outcome(dir, again))
}

// outcome renders a result as the sections that an archive expects.
func outcome(dir string, r *generator.Result) []txtar.File {
	var files []txtar.File
	if len(r.Diagnostics) > 0 {
		files = append(files, txtar.File{Name: "want.err", Data: diagnostics(dir, r)})
	}
	broken := map[string]bool{}
	for _, d := range r.Diagnostics {
		broken[d.Package] = true
	}
	for _, f := range r.Files {
		if f.State != generator.StateOrphaned && !broken[f.Package] {
			files = append(files, txtar.File{Name: "want/" + relative(dir, f.Path), Data: f.New})
		}
	}
	return files
}

func diagnostics(dir string, r *generator.Result) []byte {
	var b bytes.Buffer
	place := func(p token.Position) string {
		return fmt.Sprintf("%s:%d:%d", relative(dir, p.Filename), p.Line, p.Column)
	}
	for _, d := range r.Diagnostics {
		fmt.Fprintf(&b, "%s: %s [%s]\n\thint: %s\n", place(d.Pos), d.Message, d.Code, d.Hint)
		for _, rel := range d.Related {
			fmt.Fprintf(&b, "\t%s: %s\n", place(rel.Pos), rel.Message)
		}
	}
	// Hints mention the version of the build.
	return bytes.ReplaceAll(b.Bytes(), []byte("this is asyncgen "+about.Release()+","), []byte("this is asyncgen $VERSION,"))
}

func relative(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

func expectation(name string) bool {
	return name == "want.err" || strings.HasPrefix(name, "want/")
}

func expectations(a *txtar.Archive) []txtar.File {
	var list []txtar.File
	for _, f := range a.Files {
		if expectation(f.Name) {
			list = append(list, f)
		}
	}
	return list
}

func section(files []txtar.File, name string) string {
	i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return string(files[i].Data)
}

func rewrite(t *testing.T, path string, a *txtar.Archive, got []txtar.File) {
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return expectation(f.Name) })
	a.Files = append(a.Files, got...)
	require.NoError(t, os.WriteFile(path, txtar.Format(a), 0o600))
}

// unpack writes the input files of an archive below a new directory.
func unpack(t *testing.T, a *txtar.Archive) string {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "go.mod"), moduleFile(root))
	for _, f := range a.Files {
		if !expectation(f.Name) {
			unpackFile(t, filepath.Join(dir, filepath.FromSlash(f.Name)), bytes.ReplaceAll(f.Data, []byte("$ROOT"), []byte(root)))
		}
	}
	return dir
}

// unpackFile writes a file, or a link if an arrow is what it begins with.
func unpackFile(t *testing.T, path string, data []byte) {
	target, link := bytes.CutPrefix(data, []byte("-> "))
	if !link {
		writeFile(t, path, data)
		return
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.Symlink(string(bytes.TrimSpace(target)), path))
}

func moduleFile(root string) []byte {
	return fmt.Appendf(nil, "module example.com/m\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => %s\n", root)
}

func writeFile(t *testing.T, path string, data []byte) {
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, data, 0o600))
}
