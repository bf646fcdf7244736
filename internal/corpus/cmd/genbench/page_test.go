package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPage renders a result that was made up, so that the template refers to
// nothing that is not there.
func TestPage(t *testing.T) {
	t.Parallel()
	made := func(base string, list []contender) table {
		s := series{}
		for i, c := range list {
			s[c.name] = []time.Duration{time.Duration(i+1) * time.Second, time.Duration(i+1) * time.Second}
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

// TestRatio checks that rounds are compared with each other: in the second one
// everything took ten times as long.
func TestRatio(t *testing.T) {
	t.Parallel()
	s := series{"a": {1, 10, 2}, "b": {2, 20, 4}}
	require.Equal(t, ratio{0.5, 0.5, 0.5}, s.to("a", "b"))
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.375: 2.5, 0.5: 3, 1: 5} {
		require.InDelta(t, want, quantile(values, q), 1e-9, q)
	}
	require.Equal(t, time.Duration(15), quantile([]time.Duration{20, 10}, 0.5))
	require.Equal(t, []float64{5, 1, 4, 2, 3}, values, "sorted in place")
}

// TestRoundsBegin checks that every contender begins a round, and that the first
// round is not counted.
func TestRoundsBegin(t *testing.T) {
	t.Parallel()
	order := ""
	note := func(name string) contender {
		return contender{name: name, command: []string{"go", "env", "GOOS"}, prepare: func() error {
			order += name
			return nil
		}}
	}
	s, err := measure(context.Background(), plan{rounds: 2, limit: time.Hour}, []contender{note("a"), note("b")})
	require.NoError(t, err)
	require.Equal(t, "abbaab", order)
	require.Len(t, s["a"], 2)

	s, err = measure(context.Background(), plan{rounds: 9, enough: 1}, []contender{note("a")})
	require.NoError(t, err)
	require.Len(t, s["a"], 1, "the time is up")
}
