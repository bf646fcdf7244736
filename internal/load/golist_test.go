package load_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/load"
)

// tree writes files into a new directory, with a go.mod of example.com/m, and
// returns where it really is.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26.0\n")
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func TestDirect(t *testing.T) {
	t.Parallel()
	off := []string{"GOPACKAGESDRIVER=off"}
	for name, test := range map[string]struct {
		cfg     load.Config
		pattern string
		want    bool
	}{
		"ordinary":              {load.Config{Env: off}, "./...", true},
		"import path":           {load.Config{Env: off}, "example.com/m/a", true},
		"overlay":               {load.Config{Env: off, Overlay: map[string][]byte{"/a.go": nil}}, "./...", false},
		"query by file":         {load.Config{Env: off}, "file=a.go", false},
		"query by pattern":      {load.Config{Env: off}, "pattern=./...", false},
		"driver":                {load.Config{Env: []string{"GOPACKAGESDRIVER=/bin/driver"}}, "./...", false},
		"driver, then no other": {load.Config{Env: []string{"GOPACKAGESDRIVER=/bin/driver", "GOPACKAGESDRIVER=off"}}, "./...", true},
		"a name that begins so": {load.Config{Env: append([]string{"GOPACKAGESDRIVER2=/bin/driver"}, off...)}, "./...", true},
	} {
		require.Equal(t, test.want, test.cfg.Direct("./x", test.pattern), name)
	}
}

// A driver on the path answers without being asked for.
func TestDirectLooksForADriver(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("writes a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	cfg := load.Config{Env: []string{}}
	require.True(t, cfg.Direct("."))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gopackagesdriver"), []byte("#!/bin/sh\n"), 0o700)) //nolint:gosec // a program
	require.False(t, cfg.Direct("."))
	require.True(t, load.Config{Env: []string{"GOPACKAGESDRIVER=off"}}.Direct("."))
}

// TestBothAnswersAreTheSame compares the go command's answer with that of
// go/packages, which an overlay calls for.
func TestBothAnswersAreTheSame(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"a/a.go":              "package a\n\n//asyncgen:bridge\nfunc F() {}\n",
		"a/a_windows.go":      "package a\n",
		"a/a_test.go":         "package a_test\n",
		"a/c.go":              "package a\n\nimport \"C\"\n",
		"b/b.go":              "package odd\n",
		"b/async_gen.go":      "package odd\n",
		"tests/only_test.go":  "package tests\n",
		"hidden/a_plan9.go":   "package hidden\n\n//asyncgen:bridge\nfunc F() {}\n",
		"nested/go.mod":       "module nested\n",
		"nested/nested.go":    "package nested\n",
		"testdata/ignored.go": "package ignored\n",
	})
	ctx := context.Background()
	direct := load.Config{Dir: dir, Env: append(os.Environ(), "GOPACKAGESDRIVER=off")}
	other := direct
	other.Overlay = map[string][]byte{filepath.Join(dir, "elsewhere", "x.txt"): nil}
	for _, patterns := range [][]string{{"./..."}, {"./a", "./b"}, {"example.com/m/..."}, {"./tests"}} {
		for cfg, want := range map[*load.Config]bool{&direct: true, &other: false} {
			got, err := cfg.AnsweredDirectly(ctx, patterns...)
			require.NoError(t, err)
			require.Equal(t, want, got, patterns)
		}
		mine, err := load.Packages(ctx, direct, patterns)
		require.NoError(t, err)
		theirs, err := load.Packages(ctx, other, patterns)
		require.NoError(t, err)
		require.Equal(t, bare(theirs), bare(mine), patterns)
	}
}

// bare drops what only one of the ways to ask can tell.
func bare(pkgs []*load.Package) (list []load.Package) {
	for _, p := range pkgs {
		list = append(list, load.Package{Path: p.Path, Name: p.Name, Dir: p.Dir, Module: p.Module, Files: p.Files})
	}
	return list
}

// What the go command complains about is left to go/packages.
func TestComplaintsAreNotAnsweredDirectly(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"good/a.go":   "package good\n",
		"broken/a.go": "package broken\n\nimport (\n",
		"two/a.go":    "package two\n",
		"two/b.go":    "package three\n",
	})
	cfg := load.Config{Dir: dir, Env: append(os.Environ(), "GOPACKAGESDRIVER=off")}
	for pattern, want := range map[string]bool{
		"./good": true, "./broken": false, "./two": false, "./none": false, "./none/...": false, "example.com/none": false,
	} {
		got, err := cfg.AnsweredDirectly(context.Background(), pattern)
		require.NoError(t, err, pattern)
		require.Equal(t, want, got, pattern)
	}
}

func TestListEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := load.Config{Dir: tree(t, nil), Env: []string{"GOPACKAGESDRIVER=off"}}.AnsweredDirectly(ctx, "./...")
	require.ErrorIs(t, err, context.Canceled)
}
