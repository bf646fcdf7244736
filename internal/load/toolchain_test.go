package load_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/load"
)

func TestEnvironment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "empty", "")
	write(t, dir, "tags", "GOFLAGS=-tags=x\n")
	write(t, dir, "overlay", "GOPROXY=off\nGOFLAGS=-overlay=x.json\n")
	file := func(name string) string { return "GOENV=" + filepath.Join(dir, name) }
	of := func(env ...string) (string, bool) {
		return load.Config{Env: append([]string{"GOENV=off"}, env...), Cache: cache.Open(dir)}.Environment()
	}
	base, ok := of()
	require.True(t, ok)
	for _, env := range [][]string{
		{"GOFILE=a.go", "GOLINE=3", "GOPACKAGE=a"},
		{"LANG=C", "PATH=/bin", "EDITOR=GO"},
	} {
		same, ok := of(env...)
		require.True(t, ok, env)
		require.Equal(t, base, same, env)
	}
	seen := map[string]string{base: "nothing"}
	for _, env := range [][]string{
		{"GOOS=plan9"},
		{"GOARCH=arm64"},
		{"GOAMD64=v3"},
		{"GOEXPERIMENT=x"},
		{"GOFLAGS=-trimpath -tags=netgo --mod=vendor"},
		{"GOFLAGS=-trimpath -tags=netgo -mod=readonly"},
		{"GOROOT=/go"},
		{"GOCACHE=/cache"},
		{"GOTOOLCHAIN=go1.26.0"},
		{"CGO_ENABLED=0"},
		{"CGO_CFLAGS=-O2"},
		{"CC=clang"},
		{"PKG_CONFIG=p"},
		{"GONEW=1"}, // whatever it will mean
		{"GOOS=plan9", "GOOS=linux"},
		{"GOOS=linux", "GOOS=plan9"},
		{file("empty")},
		{file("tags")},
		{file("none")},
	} {
		key, ok := of(env...)
		require.True(t, ok, env)
		require.Empty(t, seen[key], env)
		seen[key] = env[0]
	}
	for _, env := range []string{
		"GOFLAGS=-overlay=x.json", "GOFLAGS=-mod=mod", "GOFLAGS=-v --toolexec=x", "GOFLAGS='-tags=a b'", "GOFLAGS=-modfile=x.mod",
		file("overlay"), file("."), "HOME=/elsewhere",
	} {
		list := []string{env}
		if env == "HOME=/elsewhere" {
			list = append(list, "GOENV=") // where that is then cannot be told
		}
		_, ok := of(list...)
		require.False(t, ok, env)
	}
}

// TestToolchain goes through what tells two toolchains apart that have the
// same environment.
func TestToolchain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := load.Config{Env: []string{"GOENV=off"}, Cache: cache.Open(filepath.Join(dir, "cache"))}
	for _, root := range []string{"a", "b"} {
		write(t, dir, root+"/VERSION", "go1.26.8\ntime 2026\n")
	}
	file := func(root string, cgoFiles ...string) string {
		return cfg.ToolchainKey(filepath.Join(dir, root, "src", "net"), []string{"net.go"}, cgoFiles)
	}
	base := file("a")
	require.Equal(t, base, file("a"))
	seen := map[string]bool{base: true}
	unseen := func(name, why string) {
		require.NotEmpty(t, name, why)
		require.False(t, seen[name], why)
		seen[name] = true
	}
	unseen(file("b"), "another place")
	unseen(file("a", "cgo.go"), "with cgo")
	write(t, dir, "a/VERSION", "go1.26.8\ntime 2027\n")
	unseen(file("a"), "another time")
	write(t, dir, "a/VERSION", "go1.26.9\ntime 2027\n")
	unseen(file("a"), "another release")
	write(t, dir, "a/go.env", "GOTOOLCHAIN=auto\n")
	unseen(file("a"), "other defaults")

	write(t, dir, "a/go.env", "GOFLAGS=-toolexec=x\n")
	require.Empty(t, file("a"), "flags that cannot be judged")
	require.NoError(t, os.Remove(filepath.Join(dir, "a", "go.env")))
	require.NotEmpty(t, file("a"))
	for _, version := range []string{"devel go1.27-abcdef\n", "go1.26.8 X:something\n", ""} {
		write(t, dir, "a/VERSION", version)
		require.Empty(t, file("a"), version)
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "a", "VERSION")))
	require.Empty(t, file("a"), "not a release")
}
