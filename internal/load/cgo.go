package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/goenv"
	"github.com/asyncgen/asyncgen/internal/model"
)

// Packages that use cgo are never compiled for a type check: the C compiler may take minutes for
// them, or may not even work on this machine. They are checked from source instead, with
// the names of package C as invalid types, and so are the packages that import them. The standard
// library is the exception. Its few packages with cgo are usually in the build cache.

// compileLimit is the default for Config.CompileLimit. Checking all imports from source takes less
// time than this for most programs.
const compileLimit = 20 * time.Second

// errSlow is the error of a compilation that took too long.
var errSlow = errors.New("compiling the imports takes too long")

// limited returns a context for a compilation, and a function that turns the error of the
// compilation into errSlow if the time was up.
func (cfg Config) limited(ctx context.Context) (context.Context, func(error) error) {
	limit := cfg.CompileLimit
	if limit == 0 {
		limit = compileLimit
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	return bounded, func(err error) error {
		timeUp := bounded.Err() != nil && ctx.Err() == nil
		cancel()
		if timeUp && err != nil {
			return fmt.Errorf("%w (%w)", errSlow, err)
		}
		return err
	}
}

// withoutCgo returns those of the packages at paths that neither use cgo nor import
// a package that does. Only the standard library and the runtime are known without a list of
// all dependencies.
func (cfg Config) withoutCgo(ctx context.Context, paths []string) ([]string, error) {
	foreign := slices.DeleteFunc(slices.Clone(paths), harmlessImport)
	if len(foreign) == 0 || goenv.Get(cfg.environ(), "CGO_ENABLED") == "0" {
		return paths, nil
	}
	entries, err := cfg.goList(ctx, []string{"-deps", "-json=ImportPath,Standard,CgoFiles,Deps"}, foreign)
	if err != nil {
		return nil, err
	}
	cgo := map[string]bool{}
	for _, e := range entries { // in the order of their dependencies
		uses := len(e.CgoFiles) > 0 && !e.Standard
		cgo[e.ImportPath] = uses || slices.ContainsFunc(e.Deps, func(path string) bool { return cgo[path] })
	}
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return cgo[path] }), nil
}

// harmlessImport reports whether the package at path belongs to the standard library or to the
// runtime. A package of the standard library that is missing in the list costs time, and
// nothing else.
func harmlessImport(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.HasPrefix(path, model.ModulePath+"/") || slices.Contains(strings.Fields(standardRoots), first)
}

const standardRoots = "archive bufio bytes cmp compress container context crypto database debug embed encoding " +
	"errors expvar flag fmt go hash html image index io iter log maps math mime net os path plugin reflect regexp " +
	"runtime slices sort strconv strings structs sync syscall testing text time unicode unique unsafe weak"

// usesCgo reports whether a package outside of the standard library imports package C.
func usesCgo(p *packages.Package) bool {
	if p.Module == nil {
		return false
	}
	return slices.ContainsFunc(p.GoFiles, func(path string) bool {
		src, err := os.ReadFile(path)
		return err == nil && bytes.Contains(src, []byte(`"C"`)) && slices.Contains(allImports(path, src), "C")
	})
}
