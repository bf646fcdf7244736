package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/turns"
)

// TestPage renders a result that was made up, so that the template refers to
// nothing that is not there.
func TestPage(t *testing.T) {
	t.Parallel()
	made := func(base string, list []turns.Contender) table {
		s := turns.Series{}
		for i, c := range list {
			s[c.Name] = []time.Duration{time.Duration(i+1) * time.Second, time.Duration(i+1) * time.Second}
		}
		return newTable(s, base, list)
	}
	w := &workshop{dir: t.TempDir(), asyncgen: "asyncgen", moq: "moq"}
	r := &result{
		Small: made(moq, w.smallContenders()), Thirty: made(listAll, w.treeContenders("thirty")),
		Large:  &large{Module: "example.com/m", Functions: 12345, Again: made(listAll, w.unchangedContenders(""))},
		Memory: memory{Few: 10 << 20, Many: 20 << 20, All: 30 << 20},
	}
	var page bytes.Buffer
	require.NoError(t, render(&page, r))
	for _, want := range []string{"make bench-generator", "12,345 functions", "| 300 | 1 | 20.0 MB |", "**not met**", "| met |", "| asyncgen, nothing remembered | 2000 | **0.50** |"} {
		require.Contains(t, page.String(), want)
	}
	require.NotContains(t, page.String(), "<no value>")

	r.Large, r.Memory = nil, memory{}
	page.Reset()
	require.NoError(t, render(&page, r))
	require.NotContains(t, page.String(), "example.com/m")
}

// TestForget checks that the first run ever can be had again, and that what is
// forgotten is where the processes remember.
func TestForget(t *testing.T) {
	cache := os.Getenv("GOCACHE")
	t.Setenv("GOCACHE", cache)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir, err := os.UserCacheDir()
	require.NoError(t, err)
	w := &workshop{}
	w.recall, err = ownMemory(context.Background(), filepath.Join(t.TempDir(), "cache"))
	require.NoError(t, err)
	require.NotEmpty(t, os.Getenv("GOCACHE"))
	if own, err := os.UserCacheDir(); err != nil || own == dir {
		t.Skip("the system does not let a cache directory be chosen")
	}
	require.DirExists(t, filepath.Dir(w.recall))
	require.NoError(t, os.MkdirAll(filepath.Join(w.recall, "x"), 0o750))
	prepared := false
	require.NoError(t, w.forget(func() error {
		prepared = true
		return nil
	})())
	require.True(t, prepared)
	require.NoDirExists(t, w.recall)
	require.DirExists(t, filepath.Dir(w.recall))
}
