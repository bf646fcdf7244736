package outfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/outfile"
)

func read(t *testing.T, path string) string {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func TestWriteLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "async_gen.go")
	require.NoError(t, outfile.Write(path, []byte("one")))
	require.NoError(t, outfile.Write(path, []byte("two")))
	require.Equal(t, "two", read(t, path))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
}

func TestWriteFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.go"), filepath.Join(dir, "link.go")
	require.NoError(t, os.WriteFile(target, []byte("old"), 0o600))
	require.NoError(t, os.Symlink(target, link))
	require.NoError(t, outfile.Write(link, []byte("new")))
	require.Equal(t, "new", read(t, target))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
}

func TestWriteFailsWithoutLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "async_gen.go")
	require.NoError(t, os.Mkdir(path, 0o700))
	require.ErrorContains(t, outfile.Write(path, []byte("x")), "async_gen.go")
	require.True(t, outfile.Occupied(path))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Error(t, outfile.Write(filepath.Join(dir, "missing", "x.go"), nil))
}

func TestRemove(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.go")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, outfile.Remove(path))
	require.NoError(t, outfile.Remove(path))
	require.False(t, outfile.Occupied(path))
}

func TestSameIgnoresLineEndings(t *testing.T) {
	t.Parallel()
	require.True(t, outfile.Same([]byte("a\r\nb\r\n"), []byte("a\nb\n")))
	require.False(t, outfile.Same([]byte("a\nb"), []byte("a\nb\n")))
}
