package generator_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
)

// workplace is a module with a cache.
type workplace struct {
	dir   string
	cache string
}

func newWorkplace(t *testing.T, files map[string]string) *workplace {
	t.Helper()
	return &workplace{dir: module(t, files), cache: filepath.Join(t.TempDir(), "cache")}
}

func (w *workplace) config(patterns ...string) generator.Config {
	return generator.Config{Dir: w.dir, Patterns: patterns, CacheDir: w.cache}
}

// same generates with the cache and without it, and demands equal results. It returns the
// number of packages that were rendered with the cache.
func (w *workplace) same(t *testing.T, patterns ...string) (*generator.Result, int) {
	t.Helper()
	cfg := w.config(patterns...)
	with := generate(t, cfg)
	cfg.CacheDir = ""
	without := generate(t, cfg)
	require.Equal(t, without.Files, with.Files)
	require.Equal(t, without.Handlers, with.Handlers)
	require.Equal(t, without.Diagnostics, with.Diagnostics)
	require.Equal(t, without.Diff(), with.Diff())
	return with, with.Rendered()
}

// write brings the disk up to date.
func (w *workplace) write(t *testing.T) {
	t.Helper()
	_, err := generate(t, w.config("./...")).Write()
	require.NoError(t, err)
}

func (w *workplace) edit(t *testing.T, name, text string) {
	t.Helper()
	writeFile(t, filepath.Join(w.dir, name), []byte(text))
}

// own declares the loop of a package.
const own = "\n\nimport \"github.com/asyncgen/asyncgen/loop\"\n\nvar l *loop.Loop\n"

// odd is a module with the dependencies that one package can have on another one: a
// package with a name unlike its path, and a type that a front embeds.
func odd() map[string]string {
	return map[string]string{
		"a/a.go":      "package a\n\nimport \"example.com/m/go-dep\"\n\n//asyncgen:bridge\nfunc F(x dep.T) {}\n",
		"front/f.go":  "package front\n\nimport \"example.com/m/base\"\n\n//asyncgen:bridge\ntype S struct{ base.B }\n",
		"base/b.go":   "package base\n\nimport \"example.com/m/go-dep\"\n\ntype B struct{}\n\nfunc (B) M(dep.T) {}\n",
		"go-dep/d.go": "package dep\n\ntype T int\n",
		"plain/p.go":  "package plain\n",
		"a/l.go":      "package a" + own,
	}
}

func TestCurrentPackagesAreNotRendered(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, odd())
	_, n := w.same(t, "./...")
	require.Equal(t, 2, n, "the first run")
	w.write(t)
	r, n := w.same(t, "./...")
	require.Zero(t, n, "the run after one that has written")
	require.Len(t, r.Files, 2)
	require.Len(t, r.Handlers, 2)

	w.edit(t, "a/a.go", strings.Replace(odd()["a/a.go"], "F(", "G(", 1))
	r, n = w.same(t, "./...")
	require.Equal(t, 1, n, "one package has changed")
	require.Len(t, r.Stale(), 1)
	w.edit(t, "a/a.go", odd()["a/a.go"])
	_, n = w.same(t, "./...")
	require.Zero(t, n, "the change is undone")

	cfg := w.config("./...")
	cfg.Overlay = map[string][]byte{filepath.Join(w.dir, "a", "a.go"): []byte("package a\n")}
	require.Equal(t, 2, generate(t, cfg).Rendered(), "an overlay has no cache")
}

// TestOutputOnDiskIsCompared changes generated files behind the back of the cache.
func TestOutputOnDiskIsCompared(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, map[string]string{"p.go": handlerSource, "l.go": "package p" + own})
	w.write(t)
	out := filepath.Join(w.dir, "async_gen.go")
	good, err := os.ReadFile(out)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		text     []byte
		state    generator.State
		rendered int
	}{
		"right":                {good, generator.StateCurrent, 0},
		"one byte differs":     {bytes.Replace(good, []byte("Get"), []byte("Got"), 1), generator.StateStale, 1},
		"one byte more":        {append(bytes.Clone(good), '\n'), generator.StateStale, 1},
		"truncated":            {good[:len(good)/2], generator.StateStale, 1},
		"right again":          {good, generator.StateCurrent, 0},
		"line ends of Windows": {bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), generator.StateCurrent, 1},
	} {
		require.NoError(t, os.WriteFile(out, test.text, 0o600))
		r, n := w.same(t)
		require.Equal(t, test.state, r.Files[0].State, name)
		require.Equal(t, test.rendered, n, name)
		if test.state == generator.StateCurrent {
			r, n = w.same(t)
			require.Zero(t, n, name)
			require.Equal(t, good, r.Files[0].New, name)
		}
	}
	require.NoError(t, os.Remove(out))
	r, _ := w.same(t)
	require.Equal(t, generator.StateMissing, r.Files[0].State)

	require.NoError(t, os.WriteFile(out, good, 0o600))
	writeFile(t, filepath.Join(w.dir, "async_gen_old.go"), good)
	r, n := w.same(t)
	require.Equal(t, 1, n)
	require.Equal(t, generator.StateOrphaned, states(w.dir, r)["async_gen_old.go"])
	w.write(t)
	_, n = w.same(t)
	require.Zero(t, n, "the orphan is removed")
}

// TestOtherPackagesAreLookedAt changes packages that the output of another one depends on.
func TestOtherPackagesAreLookedAt(t *testing.T) {
	t.Parallel()
	for _, patterns := range [][]string{{"./..."}, {"./a", "./front"}} {
		t.Run(strings.Join(patterns, " "), func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t, odd())
			w.write(t)
			w.same(t, patterns...)
			_, n := w.same(t, patterns...)
			require.Zero(t, n)

			w.edit(t, "go-dep/d.go", "package other\n\ntype T int\n")
			_, n = w.same(t, patterns...)
			require.Equal(t, 2, n, "a package has another name")
			w.edit(t, "go-dep/d.go", "package dep\n\ntype T int\n\nvar X int\n")
			_, n = w.same(t, patterns...)
			require.Zero(t, n, "a package has another variable")

			w.edit(t, "base/b.go", odd()["base/b.go"]+"\nfunc (B) N() {}\n")
			r, n := w.same(t, patterns...)
			require.Equal(t, 1, n, "an embedded type has another method")
			require.Len(t, r.Stale(), 1)
			require.NoError(t, os.RemoveAll(filepath.Join(w.dir, "base")))
			r, _ = w.same(t, patterns...)
			require.NotEmpty(t, r.Diagnostics)
		})
	}
}

// TestTypesOfOtherPackages edits declarations of other packages that decide what is generated:
// aliases of sequences, and the types of variables that may be loops.
func TestTypesOfOtherPackages(t *testing.T) {
	t.Parallel()
	const head = "package dep\n\nimport (\n\t\"iter\"\n\n\t\"github.com/asyncgen/asyncgen/loop\"\n)\n\nvar L = loop.New()\n\nvar _ iter.Seq[int]\n\n"
	w := newWorkplace(t, map[string]string{
		"seq/s.go":   "package seq\n\nimport \"example.com/m/dep\"\n\n//asyncgen:bridge loop=default\nfunc F() dep.Ints { panic(0) }\n",
		"typed/t.go": "package typed\n\nimport \"example.com/m/dep\"\n\nvar l = dep.Open()\n\n//asyncgen:bridge\nfunc F() {}\n",
		"dep/d.go":   head + "type Ints = iter.Seq[int]\n\nfunc Open() *loop.Loop { return L }\n",
	})
	w.write(t)
	res, n := w.same(t, "./...")
	require.Equal(t, 1, n, "types decide in one package")
	require.Empty(t, res.Stale())

	w.edit(t, "dep/d.go", head+"type Ints = []int\n\nfunc Open() *loop.Loop { return L }\n")
	res, _ = w.same(t, "./...")
	require.Len(t, res.Stale(), 1, "Ints is no sequence any more")
	w.write(t)

	w.edit(t, "dep/d.go", head+"type Ints []int\n\nfunc Open() *loop.Sharded { return nil }\n")
	res, _ = w.same(t, "./...")
	require.Len(t, res.Diagnostics, 1, "l has no key")
	require.Empty(t, res.Stale(), "Ints is spelled in the same way")
}

// TestOutputElsewhereDoesNotMatter has a front that embeds a type of a package with output of its
// own. That the output appears in the same run changes nothing.
func TestOutputElsewhereDoesNotMatter(t *testing.T) {
	t.Parallel()
	files := odd()
	files["base/h.go"] = "package base" + own + "\n//asyncgen:bridge\nfunc H() {}\n"
	w := newWorkplace(t, files)
	w.write(t)
	_, n := w.same(t, "./...")
	require.Zero(t, n)
	require.NoError(t, os.Remove(filepath.Join(w.dir, "base", "async_gen.go")))
	_, n = w.same(t, "./...")
	require.Equal(t, 1, n)
}

// TestDamagedCacheChangesNothing damages all entries in several ways.
func TestDamagedCacheChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, odd())
	w.write(t)
	_, n := w.same(t, "./...")
	require.Zero(t, n)
	for name, damage := range map[string]func(text []byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"half":          func(text []byte) []byte { return text[:len(text)/2] },
		"one bit":       func(text []byte) []byte { text[len(text)/2] ^= 1; return text },
		"another place": func(text []byte) []byte { return append(text, text...) },
	} {
		entries, err := filepath.Glob(filepath.Join(w.cache, "*.entry"))
		require.NoError(t, err)
		require.NotEmpty(t, entries)
		for _, path := range entries {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, damage(text), 0o600))
		}
		_, n = w.same(t, "./...")
		require.Equal(t, 2, n, name)
		_, n = w.same(t, "./...")
		require.Zero(t, n, name)
	}
	require.NoError(t, os.RemoveAll(w.cache))
	require.NoError(t, os.WriteFile(w.cache, nil, 0o600))
	for range 2 {
		_, n = w.same(t, "./...")
		require.Equal(t, 2, n, "a file is in the way")
	}
}

// TestPackagesThatAreNeverCached has packages with problems, and with handlers whose plans
// verification needs.
func TestPackagesThatAreNeverCached(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, map[string]string{
		"inplace/p.go": "package inplace\n\n//asyncgen:bridge inplace\nfunc F() {}\n",
		"remote/p.go":  "package remote\n\nimport \"context\"\n\n//asyncgen:remote\nfunc F(ctx context.Context) error { return nil }\n",
		"inplace/l.go": "package inplace" + own,
		"remote/l.go":  "package remote" + own,
		"broken/l.go":  "package broken" + own,
		"wrong/p.go":   "package wrong\n\n// asyncgen:bridge\nfunc F() {}\n",
		"broken/p.go":  "package broken\n\n//asyncgen:bridge\nfunc F() {}\n\nfunc G( {}\n",
	})
	w.write(t)
	r, _ := w.same(t, "./...")
	require.Len(t, r.Diagnostics, 1)
	_, n := w.same(t, "./...")
	require.Equal(t, 4, n)
}

// TestRandomEdits edits a module at random, and compares with a run without a cache
// after each edit.
func TestRandomEdits(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, odd())
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it must repeat itself
	texts := map[string][]string{
		"a/a.go":             {odd()["a/a.go"], strings.Replace(odd()["a/a.go"], "dep.T", "*dep.T", 1), strings.Replace(odd()["a/a.go"], "loop=", "name=Do loop=", 1), "package a\n"},
		"a/more.go":          {"package a\n\n//asyncgen:async\nfunc More() int { return 1 }\n", "package a\n", "package a\n\nfunc FOnLoop() {}\n", ""},
		"go-dep/d.go":        {odd()["go-dep/d.go"], "package dep2\n\ntype T int\n", "package dep\n\ntype T string\n"},
		"base/b.go":          {odd()["base/b.go"], odd()["base/b.go"] + "\nfunc (B) N() {}\n", "package base\n\ntype B int\n"},
		"front/f.go":         {odd()["front/f.go"], "package front\n\n//asyncgen:bridge\ntype S struct{}\n\nfunc (S) M() {}\n"},
		"a/async_gen.go":     {"", "package a\n"},
		"a/async_gen_b.go":   {"", "// Code generated by asyncgen; DO NOT EDIT.\n\npackage a\n"},
		"front/more_test.go": {"", "package front_test\n\nimport \"github.com/asyncgen/asyncgen/loop\"\n\n//asyncgen:bridge\nfunc help() {}\n\nvar l *loop.Loop\n"},
	}
	var names []string
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	patterns := [][]string{{"./..."}, {"./a"}, {"./a", "./front"}}
	for range 40 {
		switch name := names[random.IntN(len(names))]; random.IntN(3) {
		case 0:
			w.write(t)
		default:
			text := texts[name][random.IntN(len(texts[name]))]
			if text == "" {
				_ = os.Remove(filepath.Join(w.dir, name))
			} else {
				w.edit(t, name, text)
			}
		}
		w.same(t, patterns[random.IntN(len(patterns))]...)
	}
}
