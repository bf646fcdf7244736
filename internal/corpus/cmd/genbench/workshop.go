package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/internal/turns"
)

// moqVersion is the generator to compare with. It loads packages as most do.
const moqVersion = "v0.8.1"

// workshop is a directory with the tools and the packages to use them on.
type workshop struct {
	dir      string
	rounds   int
	checkout string
	asyncgen string
	moq      string
	cache    string // directory of asyncgen's cache
}

func newWorkshop(ctx context.Context, dir string, rounds int) (*workshop, error) {
	checkout, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	w := &workshop{
		dir: dir, rounds: rounds, checkout: checkout,
		asyncgen: filepath.Join(dir, "bin", "asyncgen"), moq: filepath.Join(dir, "bin", "moq"),
	}
	if err := w.ownCache(filepath.Join(dir, "cache")); err != nil {
		return nil, err
	}
	if err := w.command(ctx, checkout, "go", "build", "-o", w.asyncgen, "./cmd/asyncgen"); err != nil {
		return nil, err
	}
	if err := w.command(ctx, dir, "go", "install", "github.com/matryer/moq@"+moqVersion); err != nil {
		return nil, err
	}
	for name, files := range map[string]map[string]string{
		"small": smallPackage(), "thirty": thirtyPackages(),
		"few": tree(30, 1), "many": tree(300, 1), "all": tree(300, 300),
		"bridged": compiledModule(true), "plain": compiledModule(false),
	} {
		if err := w.module(name, files); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// ownCache gives the processes that are measured a cache of their own.
func (w *workshop) ownCache(dir string) error {
	w.cache = dir
	return os.Setenv("ASYNCGENCACHE", dir)
}

// emptyCache makes the next run of asyncgen the first one on this machine. The run after that
// has a cache again.
func (w *workshop) emptyCache(prepare func() error) func() error {
	return func() error {
		if err := prepare(); err != nil {
			return err
		}
		return os.RemoveAll(w.cache)
	}
}

func (w *workshop) command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(turns.Environment(), "GOBIN="+filepath.Join(w.dir, "bin"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// module writes a module that uses the runtime of this checkout.
func (w *workshop) module(name string, files map[string]string) error {
	files["go.mod"] = "module example.com/" + name + "\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\n" +
		"replace github.com/asyncgen/asyncgen => " + w.checkout + "\n"
	for path, text := range files {
		path = filepath.Join(w.dir, name, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// clean removes the generated files below a directory.
func clean(dir string) func() error {
	return func() error {
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			generated := err == nil && (d.Name() == "moq_gen.go" || strings.HasPrefix(d.Name(), "async_gen"))
			if !generated || d.IsDir() {
				return err
			}
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		})
	}
}

// smallPackage has one interface for moq and the same methods for asyncgen.
func smallPackage() map[string]string {
	return map[string]string{"store.go": `package small

import (
	"context"
	"net/http"
	"time"
)

type Store interface {
	Get(ctx context.Context, key string) (string, error)
	Put(ctx context.Context, key, value string, ttl time.Duration) error
	Serve(w http.ResponseWriter, r *http.Request)
}

type Memory struct{ m map[string]string }

//asyncgen:bridge loop=default
func (s *Memory) Get(ctx context.Context, key string) (string, error) { return s.m[key], nil }

//asyncgen:bridge loop=default
func (s *Memory) Put(ctx context.Context, key, value string, ttl time.Duration) error { return nil }

//asyncgen:bridge loop=default
func (s *Memory) Fetch(r *http.Request) (*http.Response, error) { return nil, nil }
`}
}

// smallImports are the imports of the small package and of its generated file.
func smallImports() []string {
	return []string{"context", "github.com/asyncgen/asyncgen/loop", "net/http", "time"}
}

// thirtyPackages is a module whose packages all have handlers; each imports
// the one before it.
func thirtyPackages() map[string]string {
	files := map[string]string{}
	for i := range 30 {
		imported, call := "", ""
		if i > 0 {
			imported = fmt.Sprintf("import prev \"example.com/thirty/p%02d\"\n\n", i-1)
			call = "prev.Len(text) + "
		}
		files[fmt.Sprintf("p%02d/p.go", i)] = fmt.Sprintf("package p%02d\n\n%s//asyncgen:bridge loop=default\n"+
			"func Len(text string) int { return %slen(text) }\n\n//asyncgen:async loop=default\nfunc Sum(xs ...int) (n int, err error) { return len(xs), nil }\n", i, imported, call)
	}
	return files
}

// tree is a module of packages with a hundred functions each. The first few packages
// have annotated functions.
func tree(packages, annotated int) map[string]string {
	files := map[string]string{}
	for i := range packages {
		var b strings.Builder
		fmt.Fprintf(&b, "package p%03d\n", i)
		for k := range 100 {
			b.WriteByte('\n')
			if i < annotated && k < 10 {
				b.WriteString("//asyncgen:bridge loop=default\n")
			}
			fmt.Fprintf(&b, "func F%d(text string, more ...int) (n int) {\n\tfor _, x := range more {\n\t\tn += x * len(text)\n\t}\n\treturn n\n}\n", k)
		}
		files[fmt.Sprintf("p%03d/p.go", i)] = b.String()
	}
	return files
}
