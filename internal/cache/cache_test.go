package cache_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/cache"
)

func key(inputs ...string) cache.Key {
	return cache.KeyOf(func(h *cache.Hash) { h.Add(inputs...) })
}

// files returns the paths of all files in a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return list
}

func TestKeysKeepBoundaries(t *testing.T) {
	t.Parallel()
	seen := map[cache.Key][]string{}
	for _, inputs := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc"}, {"", "abc"}, {"abc", ""}, {"1:a"}, {"a"}, {}} {
		k := key(inputs...)
		require.NotContains(t, seen, k, "%q", inputs)
		seen[k] = inputs
	}
	require.Equal(t, key("a", "b"), key("a", "b"))
}

func TestGetReturnsWhatWasPut(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	c := cache.Open(dir)
	_, ok := c.Get(key("a"))
	require.False(t, ok)
	require.NoDirExists(t, dir, "reading creates nothing")
	for _, body := range []string{"one", "two", ""} {
		c.Put(key("a"), []byte(body))
		got, ok := cache.Open(dir).Get(key("a"))
		require.True(t, ok)
		require.Equal(t, body, string(got))
	}
	require.Len(t, files(t, dir), 1)
	_, ok = c.Get(key("b"))
	require.False(t, ok)
	c.Delete(key("a"))
	c.Delete(key("b"))
	_, ok = c.Get(key("a"))
	require.False(t, ok)
}

func TestNoCacheIsEmpty(t *testing.T) {
	t.Parallel()
	c := cache.Open("")
	c.Put(key("a"), []byte("x"))
	c.Delete(key("a"))
	c.Trim()
	_, ok := c.Get(key("a"))
	require.False(t, ok)
}

// TestDamagedEntriesAreNone damages an entry in every byte, shortens it to every
// length, lengthens it, and puts it under another name.
func TestDamagedEntriesAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := cache.Open(dir)
	k := key("a")
	c.Put(k, []byte("text"))
	path := files(t, dir)[0]
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	try := func(text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		_, ok := c.Get(k)
		require.False(t, ok, "%q", text)
	}
	for i := range whole {
		text := bytes.Clone(whole)
		text[i] ^= 1
		try(text)
		try(whole[:i])
	}
	try(append(bytes.Clone(whole), 0))

	require.NoError(t, os.Remove(path))
	c.Put(key("b"), []byte("text"))
	require.NoError(t, os.Rename(files(t, dir)[0], path))
	_, ok := c.Get(k)
	require.False(t, ok)
}

func TestUnusablePlacesHarmNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	for _, place := range []string{file, filepath.Join(file, "below"), filepath.Join(dir, "no", "parent")} {
		c := cache.Open(place)
		c.Put(key("a"), []byte("x"))
		c.Trim()
		_, ok := c.Get(key("a"))
		require.False(t, ok)
	}
	require.NoDirExists(t, filepath.Join(dir, "no"))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "x", string(text))
}

func TestTrim(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := cache.Open(dir)
	age := func(name string, age time.Duration) {
		then := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(name, then, then))
	}
	put := func(name string, size int, old time.Duration) {
		before := files(t, dir)
		c.Put(key(name), make([]byte, size))
		for _, f := range files(t, dir) {
			if !slices.Contains(before, f) {
				age(f, old)
			}
		}
	}
	put("old", 10, cache.MaxAge+time.Hour)
	put("large", cache.MaxBytes-1000, 3*time.Hour)
	put("newer", 2000, 2*time.Hour)
	put("new", 10, time.Hour)
	foreign, left := filepath.Join(dir, "readme"), filepath.Join(dir, "1.tmp")
	for _, name := range []string{foreign, left} {
		require.NoError(t, os.WriteFile(name, nil, 0o600))
		age(name, 2*cache.MaxAge)
	}
	has := func(name string) bool { // in contrast to Get, this renews nothing
		k := key(name)
		_, err := os.Stat(filepath.Join(dir, hex.EncodeToString(k[:])+".entry"))
		return err == nil
	}
	// A cache that has only been read is left alone.
	cache.Open(dir).Trim()
	require.FileExists(t, left)

	c.Trim()
	require.False(t, has("old"))
	require.False(t, has("large"))
	require.True(t, has("newer"))
	require.True(t, has("new"))
	require.FileExists(t, foreign)
	require.NoFileExists(t, left)

	// Few new entries wait for an hour.
	put("old", 10, cache.MaxAge+time.Hour)
	c.Trim()
	require.True(t, has("old"))
	age(filepath.Join(dir, "trimmed"), 2*time.Hour)
	put("another", 10, 0)
	c.Trim()
	require.False(t, has("old"))
	put("old", 10, cache.MaxAge+time.Hour)
	for i := range 100 {
		put(strconv.Itoa(i), 10, 0)
	}
	c.Trim()
	require.False(t, has("old"))
}

// TestUseRenews checks that an entry in use is not the first one to go.
func TestUseRenews(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := cache.Open(dir)
	c.Put(key("a"), []byte("x"))
	path := files(t, dir)[0]
	then := time.Now().Add(-48 * time.Hour)
	require.NoError(t, os.Chtimes(path, then, then))
	_, ok := c.Get(key("a"))
	require.True(t, ok)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.True(t, info.ModTime().After(then.Add(time.Hour)))
}

func TestSharedByProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			c := cache.Open(dir)
			for range 50 {
				c.Put(key("a"), bytes.Repeat([]byte("x"), 1000))
				if body, ok := c.Get(key("a")); !ok || len(body) != 1000 {
					t.Errorf("got %d bytes, %t", len(body), ok)
				}
				c.Trim()
			}
		})
	}
	group.Wait()
}

func TestProgram(t *testing.T) {
	t.Parallel()
	sum, ok := cache.Program()
	require.True(t, ok)
	again, _ := cache.Program()
	require.Equal(t, sum, again)
	require.NotEmpty(t, sum)
}

func TestDownloaded(t *testing.T) {
	t.Parallel()
	with, without := &debug.Module{Path: "a", Sum: "h1:x"}, &debug.Module{Path: "b"}
	for name, test := range map[string]struct {
		info debug.BuildInfo
		want bool
	}{
		"a checkout":               {debug.BuildInfo{Main: *without}, false},
		"installed":                {debug.BuildInfo{Main: *with, Deps: []*debug.Module{with}}, true},
		"a dependency on disk":     {debug.BuildInfo{Main: *with, Deps: []*debug.Module{{Path: "c", Sum: "h1:x", Replace: without}}}, false},
		"a dependency without sum": {debug.BuildInfo{Main: *with, Deps: []*debug.Module{with, without}}, false},
		"another module in place":  {debug.BuildInfo{Main: *with, Deps: []*debug.Module{{Path: "c", Replace: with}}}, true},
	} {
		require.Equal(t, test.want, cache.Downloaded(&test.info), name)
	}
}
