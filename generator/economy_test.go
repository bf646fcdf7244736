package generator_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
)

// The tests of this file count what the process allocates, so they are not
// parallel.

// writeTree writes a module with one package that has a handler, and others with
// one large file each that holds no directive and does not even parse.
func writeTree(t *testing.T, others, size int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write("go.mod", "module example.com/tree\n\ngo 1.26.0\n")
	write("a/a.go", "package a\n\n//asyncgen:bridge loop=default\nfunc F() {}\n")
	broken := strings.Repeat("func f( { return x: \"unclosed }\n", size/32)
	for i := range others {
		write(fmt.Sprintf("p%03d/p.go", i), fmt.Sprintf("package p%03d\n\n%s", i, broken))
	}
	return dir
}

// allocated generates for a tree and returns the bytes that it took.
func allocated(t *testing.T, dir string) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := generator.Generate(context.Background(), generator.Config{Dir: dir, Patterns: []string{"./..."}, SkipVerify: true})
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Empty(t, res.Diagnostics)
	require.Len(t, res.Files, 1)
	return after.TotalAlloc - before.TotalAlloc
}

func TestPackagesWithoutDirectivesAreNotParsed(t *testing.T) {
	const others, size = 64, 256 << 10
	empty := allocated(t, writeTree(t, others, 0))
	large := allocated(t, writeTree(t, others, size))
	t.Logf("%d kB, with %d MB of other packages %d kB", empty>>10, others*size>>20, large>>10)
	// Room for a few of the files, which the next ones are read into: how many
	// are looked through at a time is the loader's business. Keeping them all
	// would need four times as much, and a parser several times that.
	require.Less(t, large-empty, uint64(others*size/4))
}

func TestMemoryGrowsWithAnnotatedPackages(t *testing.T) {
	const size = 128 << 10
	few := allocated(t, writeTree(t, 29, size))
	many := allocated(t, writeTree(t, 299, size))
	t.Logf("%d kB for 30 packages, %d kB for 300", few>>10, many>>10)
	// Of every package there is a line of the go command's answer to remember.
	require.Less(t, many-few, uint64(270*size/4))
}
