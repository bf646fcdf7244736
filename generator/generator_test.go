package generator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
)

const handlerSource = "package p\n\n//asyncgen:bridge loop=default\nfunc Get() int { return 1 }\n"

// module writes a module with the given files and returns its directory.
func module(t *testing.T, files map[string]string) string {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "go.mod"), moduleFile(root))
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), []byte(text))
	}
	return dir
}

// generate runs without verification, which other tests cover.
func generate(t *testing.T, cfg generator.Config) *generator.Result {
	cfg.SkipVerify = true
	r, err := generator.Generate(context.Background(), cfg)
	require.NoError(t, err)
	return r
}

func states(dir string, r *generator.Result) map[string]generator.State {
	got := map[string]generator.State{}
	for _, f := range r.Files {
		got[relative(dir, f.Path)] = f.State
	}
	return got
}

func TestStatesFollowTheDisk(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"p.go": handlerSource})
	cfg := generator.Config{Dir: dir}
	out := filepath.Join(dir, "async_gen.go")

	r := generate(t, cfg)
	require.Equal(t, map[string]generator.State{"async_gen.go": generator.StateMissing}, states(dir, r))
	require.Contains(t, string(r.Diff()), "--- /dev/null\n+++ b/async_gen.go\n")
	touched, err := r.Write()
	require.NoError(t, err)
	require.Len(t, touched, 1)

	before, err := os.Stat(out)
	require.NoError(t, err)
	r = generate(t, cfg)
	require.Equal(t, map[string]generator.State{"async_gen.go": generator.StateCurrent}, states(dir, r))
	require.Empty(t, r.Diff())
	touched, err = r.Write()
	require.NoError(t, err)
	require.Empty(t, touched)
	after, err := os.Stat(out)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after) && before.ModTime().Equal(after.ModTime()))

	writeFile(t, filepath.Join(dir, "p.go"), []byte(strings.ReplaceAll(handlerSource, "Get", "Put")))
	r = generate(t, cfg)
	require.Equal(t, map[string]generator.State{"async_gen.go": generator.StateStale}, states(dir, r))
	require.Contains(t, string(r.Diff()), "--- a/async_gen.go\n+++ b/async_gen.go\n")

	writeFile(t, filepath.Join(dir, "p.go"), []byte("package p\n"))
	r = generate(t, cfg)
	require.Equal(t, map[string]generator.State{"async_gen.go": generator.StateOrphaned}, states(dir, r))
	require.Contains(t, string(r.Diff()), "+++ /dev/null\n")
	_, err = r.Write()
	require.NoError(t, err)
	require.NoFileExists(t, out)
}

func TestLineEndingsDoNotMakeAFileStale(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"p.go": strings.ReplaceAll(handlerSource, "\n", "\r\n")})
	r := generate(t, generator.Config{Dir: dir})
	require.Empty(t, r.Diagnostics)
	require.NotContains(t, string(r.Files[0].New), "\r")
	writeFile(t, r.Files[0].Path, []byte(strings.ReplaceAll(string(r.Files[0].New), "\n", "\r\n")))
	require.Equal(t, map[string]generator.State{"async_gen.go": generator.StateCurrent}, states(dir, generate(t, generator.Config{Dir: dir})))
}

func TestHandlersAreListed(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"b.go": "package p\n\n//asyncgen:async loop=t.l\nfunc (t *T) B() {}\n",
		"a.go": "package p\n\nimport \"github.com/asyncgen/asyncgen/loop\"\n\ntype T struct{ l *loop.Loop }\n\n//asyncgen:bridge\n//asyncgen:spawn name=Fire\nfunc (*T) A() {}\n",
		"c.go": "package p\n\n//asyncgen:bridge loop=default\nfunc C() {}\n",
	})
	var got []string
	for _, h := range generate(t, generator.Config{Dir: dir}).Handlers {
		got = append(got, strings.Join([]string{filepath.Base(h.Pos.Filename), h.Package, h.Name, string(h.Mode), h.Generated, h.Loop}, " "))
	}
	require.Equal(t, []string{
		"a.go example.com/m T.A bridge AOnLoop T.l",
		"a.go example.com/m T.A spawn Fire T.l",
		"b.go example.com/m T.B async BAsync t.l",
		"c.go example.com/m C bridge COnLoop loop.Default()",
	}, got)
}

func TestOverlayWinsOverTheDisk(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"p.go": "package p\n"})
	r := generate(t, generator.Config{Dir: dir, Overlay: map[string][]byte{
		filepath.Join(dir, "p.go"):   []byte("package p\n\n//asyncgen:bridge loop=default\nfunc One() {}\n"),
		filepath.Join(dir, "new.go"): []byte("package p\n\n//asyncgen:bridge loop=default\nfunc Two() {}\n"),
	}})
	require.Contains(t, string(r.Files[0].New), "func OneOnLoop(")
	require.Contains(t, string(r.Files[0].New), "func TwoOnLoop(")
}

func TestPatternsThatNameNothingAreErrors(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"p.go": handlerSource})
	for _, pattern := range []string{"./nowhere", "./nowhere/...", "example.com/m/nowhere", "./p_missing.go"} {
		_, err := generator.Generate(context.Background(), generator.Config{Dir: dir, Patterns: []string{".", pattern}})
		require.Error(t, err, pattern)
		require.NotContains(t, err.Error(), "stderr", pattern)
	}
	_, err := generator.Generate(context.Background(), generator.Config{Dir: filepath.Join(dir, "nowhere")})
	require.Error(t, err)
}

func TestGenerateEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := generator.Generate(ctx, generator.Config{Dir: module(t, map[string]string{"p.go": handlerSource})})
	require.Error(t, err)
}

func TestUnreadableFileIsADiagnostic(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"p.go": handlerSource})
	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "broken.go")))
	r := generate(t, generator.Config{Dir: dir})
	require.Len(t, r.Diagnostics, 1)
	require.Equal(t, "AG205", string(r.Diagnostics[0].Code))
	touched, err := r.Write()
	require.NoError(t, err)
	require.Empty(t, touched)
}

func TestDirectoryInTheWayIsADiagnostic(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"p.go": handlerSource, "async_gen.go/x.txt": ""})
	r := generate(t, generator.Config{Dir: dir})
	require.Len(t, r.Diagnostics, 1)
	require.Equal(t, "AG204", string(r.Diagnostics[0].Code))
}

func TestOutputIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		files[name+".go"] = "package p\n\nimport (\n\t\"context\"\n\t\"io\"\n\tx \"strings\"\n)\n\n//asyncgen:bridge loop=default\n//asyncgen:async loop=default\nfunc " +
			name + "[T any](ctx context.Context, r io.Reader, b *x.Builder, t T) (n int, s string) { return }\n"
	}
	dir := module(t, files)
	first := generate(t, generator.Config{Dir: dir})
	require.Empty(t, first.Diagnostics)
	for range 5 {
		require.Equal(t, first.Files, generate(t, generator.Config{Dir: dir}).Files)
	}
}

// TestTagsAreForVerificationOnly generates for a file that no tag is set for,
// and expects the type check to see it only when the tag is.
func TestTagsAreForVerificationOnly(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"p.go": "package p\n",
		"x.go": "//go:build special\n\npackage p\n\n//asyncgen:bridge loop=default\nfunc Get(x Undefined) {}\n",
	})
	r, err := generator.Generate(context.Background(), generator.Config{Dir: dir})
	require.NoError(t, err)
	require.Empty(t, r.Diagnostics)
	r, err = generator.Generate(context.Background(), generator.Config{Dir: dir, Tags: "special"})
	require.NoError(t, err)
	require.Len(t, r.Diagnostics, 1)
	require.Equal(t, "AG108", string(r.Diagnostics[0].Code))
}
