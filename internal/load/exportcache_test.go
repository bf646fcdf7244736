package load_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/load"
)

// bench is a module to check again and again, and a go command that counts.
type bench struct {
	cfg   load.Config
	dir   string
	log   string
	cache string // directory
}

const (
	input  = "package m\n\nimport \"strings\"\n\n//asyncgen:bridge\nfunc F(*strings.Reader) {}\n"
	output = "package m\n\nimport (\n\t\"github.com/asyncgen/asyncgen/loop\"\n\t\"github.com/asyncgen/asyncgen/loop/loopimpl\"\n\t\"strings\"\n)\n\nvar X loop.T\n\nvar Z loopimpl.T\n\nvar Y strings.Reader\n"
)

// newBench changes PATH, so tests that use it are not parallel.
func newBench(t *testing.T) *bench {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("writes a shell script")
	}
	if !strings.HasPrefix(runtime.Version(), "go1.") {
		t.Skip("only releases of Go are cached")
	}
	real, err := exec.LookPath("go")
	require.NoError(t, err)
	bin := t.TempDir()
	b := &bench{log: filepath.Join(bin, "log"), dir: tree(t, map[string]string{
		"m.go":                     input,
		"rt/go.mod":                "module github.com/asyncgen/asyncgen\n\ngo 1.26.0\n",
		"rt/loop/loop.go":          "package loop\n\nimport _ \"context\"\n\ntype T int\n",
		"rt/dep/dep.go":            "package dep\n",
		"rt/loop/loopimpl/impl.go": "package loopimpl\n\nimport _ \"github.com/asyncgen/asyncgen/loop\"\n\ntype T int\n",
		"mem/readme":               "",
	})}
	write(t, b.dir, "go.mod", "module example.com/m\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => ./rt\n")
	script := "#!/bin/sh\necho \"$@\" >> '" + b.log + "'\nexec '" + real + "' \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700)) //nolint:gosec // a program
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	b.cfg = load.Config{
		Dir: b.dir, Env: append(os.Environ(), "GOPACKAGESDRIVER=off", "GOFLAGS=-buildvcs=false", "GOENV=off"),
		CompileLimit: time.Hour, // however slow the machine is
	}
	b.useCache(filepath.Join(b.dir, "mem", "asyncgen"))
	return b
}

func (b *bench) useCache(dir string) { b.cache, b.cfg.Cache = dir, cache.Open(dir) }

// run checks the package as asyncgen does, and returns the errors and the number
// of go commands.
func (b *bench) run(t *testing.T) (errors []string, commands int) {
	t.Helper()
	_ = os.Remove(b.log)
	ctx := context.Background()
	ahead := load.LookAhead(ctx, b.cfg, []string{"."})
	defer ahead.Close()
	run, err := load.Packages(ctx, b.cfg, []string{"."})
	require.NoError(t, err)
	cfg := b.cfg
	cfg.Overlay = map[string][]byte{filepath.Join(b.dir, "async_gen.go"): []byte(output)}
	dirs := []string{b.dir}
	checked, err := load.Check(ctx, cfg, load.Checking{Dirs: dirs, Changed: dirs, Run: run, Plain: true, Ahead: ahead})
	require.NoError(t, err)
	require.Len(t, checked, 1)
	for _, e := range checked[0].Errors {
		errors = append(errors, e.Msg)
	}
	log, err := os.ReadFile(b.log)
	require.NoError(t, err)
	return errors, strings.Count(string(log), "\n")
}

// clean demands a run without errors.
func (b *bench) clean(t *testing.T, commands int, why string) {
	t.Helper()
	errors, n := b.run(t)
	require.Empty(t, errors, why)
	require.Equal(t, commands, n, why)
}

// records returns the only entry of the cache that has records, and its key.
func (b *bench) records(t *testing.T) (cache.Key, string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.cache, "*"))
	require.NoError(t, err)
	require.Len(t, files, 2) // one has the key of the other
	for _, file := range files {
		var k cache.Key
		name, err := hex.DecodeString(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
		require.NoError(t, err)
		require.Len(t, name, len(k))
		copy(k[:], name)
		if text, ok := b.cfg.Cache.Get(k); !ok || strings.HasPrefix(string(text), "[") {
			return k, string(text)
		}
	}
	t.Fatal("no entry has records")
	return cache.Key{}, ""
}

func TestSecondRunAsksOnce(t *testing.T) {
	b := newBench(t)
	b.clean(t, 2, "nothing is cached")
	b.clean(t, 1, "everything is cached")

	write(t, b.dir, "m.go", strings.Replace(input, "import", "import _ \"sort\"\nimport", 1))
	b.clean(t, 2, "one import is not cached")
	b.clean(t, 1, "everything is cached again")
	_, text := b.records(t)
	require.Len(t, regexp.MustCompile(`"Path"`).FindAllString(text, -1), 5)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return text
}

// The runtime may be somebody's working copy.
func TestRuntimeThatChanged(t *testing.T) {
	b := newBench(t)
	b.clean(t, 2, "nothing is cached")
	write(t, b.dir, "rt/loop/loop.go", "package loop\n\nimport _ \"context\"\n\ntype U int\n")
	errors, n := b.run(t)
	require.Equal(t, []string{"undefined: loop.T"}, errors)
	require.Equal(t, 2, n)
	_, n = b.run(t)
	require.Equal(t, 1, n, "the new runtime is cached")

	write(t, b.dir, "rt/loop/loop.go", "package loop\n\nimport _ \"github.com/asyncgen/asyncgen/dep\"\n\ntype T int\n")
	b.clean(t, 2, "changed again")
	b.clean(t, 2, "a runtime that imports other modules is not cached")

	// Another directory with the same files is another runtime.
	write(t, b.dir, "rt/loop/loop.go", "package loop\n\ntype T int\n")
	b.clean(t, 2, "changed again")
	b.clean(t, 1, "cached")
	write(t, b.dir, "other/go.mod", "module github.com/asyncgen/asyncgen\n\ngo 1.26.0\n")
	write(t, b.dir, "other/loop/loop.go", "package loop\n\ntype T int\n")
	write(t, b.dir, "other/loop/loopimpl/impl.go", string(read(t, filepath.Join(b.dir, "rt/loop/loopimpl/impl.go"))))
	write(t, b.dir, "go.mod", strings.Replace(string(read(t, filepath.Join(b.dir, "go.mod"))), "./rt", "./other", 1))
	b.clean(t, 2, "another runtime")
	b.clean(t, 1, "cached too")
}

// Records that are wrong, in an intact entry, are ignored and replaced.
func TestWrongRecords(t *testing.T) {
	b := newBench(t)
	b.clean(t, 2, "nothing is cached")
	k, good := b.records(t)
	export := regexp.MustCompile(`"Path":"strings","Export":"([^"]*)","Size":(\d+)`).FindStringSubmatch(good)
	require.NotNil(t, export)
	data := read(t, export[1])
	// other replaces the export data of package strings.
	other := func(data []byte, size string) string {
		path := filepath.Join(t.TempDir(), "data")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		record := fmt.Sprintf(`"Path":"strings","Export":%q,"Size":%s`, path, size)
		return strings.Replace(good, export[0], record, 1)
	}
	garbage := append(append([]byte{}, data[:200]...), make([]byte, len(data)-200)...)
	foreign := []byte(strings.Replace(string(data), runtime.Version(), "go1.0.00"[:len(runtime.Version())], 1))
	for what, test := range map[string]struct {
		text    string
		another bool // the second run fills the cache again
	}{
		"no export data":          {text: strings.Replace(good, export[1], export[1]+"x", 1)},
		"empty export data":       {text: other(nil, "0")},
		"half of the export data": {text: other(data[:len(data)/2], export[2])},
		"made by another release": {text: other(foreign, export[2])},
		"damaged export data":     {text: other(garbage, export[2]), another: true},
		"empty":                   {text: ""},
		"half":                    {text: good[:len(good)/2]},
		"something else":          {text: `{"Path": 1}`},
		"no records":              {text: "[]"},
	} {
		b.cfg.Cache.Put(k, []byte(test.text))
		errors, n := b.run(t)
		require.Empty(t, errors, what)
		require.Equal(t, 2, n, what)
		if test.another {
			b.clean(t, 2, what)
		}
		b.clean(t, 1, what)
		_, text := b.records(t)
		require.Contains(t, text, export[0], what)
	}
}

// A cache that cannot be written is empty.
func TestUnusableCache(t *testing.T) {
	b := newBench(t)
	for what, dir := range map[string]string{
		"the directory above is not there": filepath.Join(b.dir, "none", "asyncgen"),
		"a file is in the way":             filepath.Join(b.dir, "mem", "readme"),
		"there is none":                    "",
	} {
		b.useCache(dir)
		b.clean(t, 2, what)
		b.clean(t, 2, what)
	}
	require.NoDirExists(t, filepath.Join(b.dir, "none"))

	b.useCache(filepath.Join(b.dir, "mem", "asyncgen"))
	b.cfg.Env = append(b.cfg.Env, "GOFLAGS=-overlay=x.json")
	write(t, b.dir, "x.json", "{}")
	b.clean(t, 2, "an overlay may replace the standard library")
	b.clean(t, 2, "an overlay may replace the standard library")
	require.NoDirExists(t, b.cache)

	require.NoError(t, os.Mkdir(b.cache, 0o500))
	b.cfg.Env = append(b.cfg.Env, "GOFLAGS=")
	if os.Geteuid() != 0 {
		b.clean(t, 2, "not writable")
		b.clean(t, 2, "not writable")
	}
}

// Packages of the standard library may be what a run is about.
func TestCacheWithinTheStandardLibrary(t *testing.T) {
	b := newBench(t)
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	require.NoError(t, err)
	b.cfg.Dir = filepath.Join(strings.TrimSpace(string(root)), "src")
	for _, patterns := range [][]string{{"./net"}, {"./net/url", "./net"}} {
		run, err := load.Packages(context.Background(), b.cfg, patterns)
		require.NoError(t, err)
		require.Len(t, run, len(patterns))
	}
}

// The packages that identify a toolchain are no part of the answer.
func TestWitnessesAreNotFound(t *testing.T) {
	b := newBench(t)
	plain := b.cfg
	plain.Cache = nil
	compare := func(dir string, patterns ...string) {
		t.Helper()
		cfg, plain := b.cfg, plain
		cfg.Dir, plain.Dir = dir, dir
		want, err := load.Packages(context.Background(), plain, patterns)
		require.NoError(t, err)
		require.NoError(t, os.Remove(b.log))
		got, err := load.Packages(context.Background(), cfg, patterns)
		require.NoError(t, err)
		require.Equal(t, bare(want), bare(got), patterns)
		require.Equal(t, 1, strings.Count(string(read(t, b.log)), "\n"), patterns)
	}
	compare(b.dir, "./...")
	compare(filepath.Join(b.dir, "rt"), "./...")
	compare(filepath.Join(b.dir, "rt"), "./dep")
	compare(filepath.Join(b.dir, "rt"), "./loop")
	compare(filepath.Join(b.dir, "rt", "loop"), ".")

	// Vendored, the runtime is below the module's directory.
	write(t, b.dir, "use.go", "package m\n\nimport (\n\t_ \"github.com/asyncgen/asyncgen/loop\"\n\t_ \"github.com/asyncgen/asyncgen/loop/loopimpl\"\n)\n")
	vendor := exec.CommandContext(t.Context(), "go", "mod", "vendor")
	vendor.Dir, vendor.Env = b.dir, b.cfg.Env
	out, err := vendor.CombinedOutput()
	require.NoError(t, err, "%s", out)
	compare(b.dir, "./...")
	b.clean(t, 2, "the vendored runtime")
	b.clean(t, 1, "is cached")

	// Without a runtime, too.
	write(t, b.dir, "go.mod", "module example.com/m\n\ngo 1.26.0\n")
	require.NoError(t, os.RemoveAll(filepath.Join(b.dir, "vendor")))
	compare(b.dir, "./...")
}

// Concurrent runs may lose the records of one another, and nothing else.
func TestCacheOfSeveralRuns(t *testing.T) {
	b := newBench(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 3 {
				ctx := context.Background()
				run, err := load.Packages(ctx, b.cfg, []string{"."})
				if err != nil {
					t.Error(err)
					return
				}
				dirs := []string{b.dir}
				checked, err := load.Check(ctx, b.cfg, load.Checking{Dirs: dirs, Changed: dirs, Run: run, Plain: true})
				if err != nil || len(checked) != 1 || len(checked[0].Errors) > 0 {
					t.Error(err, checked)
				}
			}
		})
	}
	group.Wait()
	b.clean(t, 2, "the runtime is not cached")
	b.clean(t, 1, "everything is cached again")
}
