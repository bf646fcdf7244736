package load_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
)

func write(t *testing.T, dir, name, text string) {
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestPackagesReadsEveryFileAndMarksFew(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	write(t, dir, "go.mod", "module m\n\ngo 1.26.0\n")
	write(t, dir, "plain.go", "package p\n\nvar x = map[int]int{1: 2}\n")
	write(t, dir, "a_windows.go", "package p\n\n//asyncgen:bridge\nfunc A() {}\n")
	write(t, dir, "a_linux.go", "package p\n\n// AsyncGen:\nfunc A() {}\n")
	write(t, dir, "x_test.go", "package p_test\n")
	write(t, dir, "_ignored.go", "package p\n")
	write(t, dir, "async_gen.go", model.Header+"\n\npackage p\n\n// asyncgen: quoted\n")
	write(t, dir, "sub/only_plan9.go", "package sub\n\n//asyncgen:bridge\nfunc A() {}\n")
	write(t, dir, "other/x_plan9.go", "package other\n")
	write(t, dir, "testdata/only_plan9.go", "package sub\n\n//asyncgen:bridge\nfunc A() {}\n")
	write(t, dir, "nested/go.mod", "module nested\n")
	write(t, dir, "nested/only_plan9.go", "package sub\n\n//asyncgen:bridge\nfunc A() {}\n")

	pkgs, err := load.Packages(context.Background(), load.Config{Dir: dir}, []string{"./..."})
	require.NoError(t, err)
	got := map[string][2]bool{}
	for _, p := range pkgs {
		for _, f := range p.Files {
			rel, err := filepath.Rel(dir, f.Path)
			require.NoError(t, err)
			got[filepath.ToSlash(rel)] = [2]bool{f.Marked, f.Owned}
		}
	}
	require.Equal(t, map[string][2]bool{
		"plain.go": {}, "x_test.go": {}, "a_windows.go": {true, false}, "a_linux.go": {true, false},
		"async_gen.go": {false, true}, "sub/only_plan9.go": {true, false},
	}, got)
	require.Equal(t, "m/sub", pkgs[1].Path)
	require.True(t, pkgs[0].Interesting())
}

func TestNamesAndExports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26.0\n")
	write(t, dir, "go-odd/x.go", "package odd\n\ntype T int\n\nconst C, d = 1, 2\n\nfunc (T) M() {}\n\nfunc F() {}\n")
	cfg := load.Config{Dir: dir}
	found, err := load.Find(context.Background(), cfg, []string{"example.com/m/go-odd", "example.com/m/none"})
	require.NoError(t, err)
	require.Equal(t, "odd", found["example.com/m/go-odd"].Name)
	require.Equal(t, "go-odd", filepath.Base(found["example.com/m/go-odd"].Dir))
	require.Len(t, found, 1)
	exports, err := load.Exports(context.Background(), cfg, []string{"example.com/m/go-odd"})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"T": true, "C": true, "d": true, "F": true}, exports["example.com/m/go-odd"])
}
