package main

import (
	"bytes"
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
		Compile: compiled{
			Packages: 100, Bridges: 2, Object: 25_000, Before: 100_000, BuildsBefore: 1.5,
			Builds: made(withoutBridges, []turns.Contender{w.builder(withoutBridges, "plain"), w.builder(withBridges, "bridged")}),
		},
	}
	var page bytes.Buffer
	require.NoError(t, render(&page, r))
	for _, want := range []string{
		"make bench-generator", "12,345 functions", "| 300 | 1 | 20.0 MB |", "**not met**", "| met |", "| asyncgen, empty cache | 2000 | **0.50** |",
		"a module of 100 packages, each with 2 handlers", "A bridge adds 25 kB", "÷ output format 1 | 0.33 | 0.25 | met |", "with bridges, ÷ without | 1.15 | 2.00 | **not met** |",
	} {
		require.Contains(t, page.String(), want)
	}
	require.NotContains(t, page.String(), "<no value>")

	r.Large, r.Memory, r.Compile = nil, memory{}, compiled{}
	page.Reset()
	require.NoError(t, render(&page, r))
	require.NotContains(t, page.String(), "example.com/m")
	require.NotContains(t, page.String(), "Builds with generated code")
}

// TestEmptyCache checks that a run finds an empty cache where the processes look for it.
func TestEmptyCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	t.Setenv("ASYNCGENCACHE", "off")
	w := &workshop{}
	require.NoError(t, w.ownCache(dir))
	require.Equal(t, dir, os.Getenv("ASYNCGENCACHE"))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "x"), 0o750))
	prepared := false
	require.NoError(t, w.emptyCache(func() error {
		prepared = true
		return nil
	})())
	require.True(t, prepared)
	require.NoDirExists(t, dir)
	require.DirExists(t, filepath.Dir(dir))
}
