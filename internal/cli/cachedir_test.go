package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/cli"
)

func TestCacheDir(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("LocalAppData", filepath.Join(dir, "local"))
	own, err := os.UserCacheDir()
	require.NoError(t, err)
	require.Equal(t, filepath.Join(own, "asyncgen"), cli.CacheDir(""))
	require.Empty(t, cli.CacheDir("off"))
	require.Equal(t, filepath.Join(dir, "c"), cli.CacheDir(filepath.Join(dir, "c")))
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, filepath.Join(here, "c"), cli.CacheDir("c"))
}
