// Package load finds packages and reads their files. It is the only package
// that runs the go command.
//
// A package here is a directory: every .go file of it is read, whatever its
// build constraints are, so that the output does not depend on the
// machine that generates it. Nothing is parsed and nothing is type-checked;
// [Check] does that later, for the packages that need it.
package load

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/model"
)

// Config is the place to look in, and its environment.
type Config struct {
	Dir     string
	Env     []string
	Overlay map[string][]byte
	Tags    string // for Check
	// Cache holds the places of export data between runs. It may be nil.
	Cache *cache.Cache

	// Progress is called at the begin of each step, possibly by several goroutines at the same
	// time. It may be nil.
	Progress func(Progress)
	// CompileLimit bounds the time of the go command for compiling imports. All imports are
	// checked from source after that. Zero means a default.
	CompileLimit time.Duration

	mod         string // value of the flag -mod, if there is one
	overlayFile string // the overlay as the go command reads it, if there is one
}

// Package is a directory with Go files.
type Package struct {
	Path   string // import path
	Name   string // package clause, "" if unknown
	Dir    string // absolute
	Module string // path of the module, "" if unknown
	Files  []*File
	// listed is the entry of go list, set only if go list was run directly. It is then
	// the authority on the package's files.
	listed *packages.Package
	module *packages.Module // nil if unknown
	// toolchain is nil if no export data is cached.
	toolchain *toolchain
}

// File is one .go file.
type File struct {
	Path string // absolute
	// Src is nil before [Package.Read], except in files that asyncgen has written.
	Src []byte
	Sum [sha256.Size]byte // of the content
	Err error             // reading it failed
	// Owned is set for files that asyncgen has written.
	Owned bool
	// Marked is set for files that mention asyncgen followed by a colon, in
	// any case. Files that do not cannot hold a directive.
	Marked bool
}

// Interesting reports whether the package holds a directive or a file that
// asyncgen has written. Others are never parsed.
func (p *Package) Interesting() bool {
	return slices.ContainsFunc(p.Files, func(f *File) bool {
		return f.Owned || f.Marked || f.Err != nil && model.GeneratedName(f.Path)
	})
}

// Packages loads the packages that patterns name, sorted by directory. It
// fails if the go command does, or if a pattern names nothing. The texts of most files are
// missing from the result; [Package.Read] adds them.
func Packages(ctx context.Context, cfg Config, patterns []string) ([]*Package, error) {
	cfg.step(stepListing)
	guarded, reason := cfg.guard(ctx, patterns)
	listed, direct, toolchain, err := cfg.find(guarded, patterns)
	if err := reason(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if len(listed) == 0 {
		return nil, fmt.Errorf("no packages match %s", strings.Join(patterns, " "))
	}
	hidden, err := hiddenPackages(ctx, cfg, patterns, listed)
	if err != nil {
		return nil, err
	}
	all, err := cfg.openAll(slices.Concat(listed, hidden))
	if err != nil {
		return nil, err
	}
	for i, p := range all[:len(listed)] {
		if direct {
			p.listed, p.toolchain = listed[i], toolchain
		}
	}
	slices.SortFunc(all, func(a, b *Package) int { return cmp.Compare(a.Dir, b.Dir) })
	return slices.CompactFunc(all, func(a, b *Package) bool { return a.Dir == b.Dir }), ctx.Err()
}

// openAll classifies the files of packages, several packages at a time. The order of
// the result is that of the list.
func (cfg Config) openAll(list []*packages.Package) ([]*Package, error) {
	for _, p := range list {
		if p.Dir == "" {
			return nil, notFound(p)
		}
	}
	all, errs := make([]*Package, len(list)), make([]error, len(list))
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			r := &reader{overlay: cfg.Overlay}
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				all[i], errs[i] = r.open(list[i])
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (cfg Config) packages(ctx context.Context, mode packages.LoadMode) *packages.Config {
	return &packages.Config{Context: ctx, Mode: mode, Dir: cfg.Dir, Env: cfg.Env, Overlay: cfg.Overlay}
}

// open classifies the files of a package.
func (r *reader) open(p *packages.Package) (*Package, error) {
	pkg := &Package{Path: p.PkgPath, Name: p.Name, Dir: p.Dir}
	if p.Module != nil {
		pkg.Module, pkg.module = p.Module.Path, p.Module
	}
	names, err := r.goFiles(p.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		pkg.Files = append(pkg.Files, r.glance(filepath.Join(p.Dir, name)))
	}
	return pkg, nil
}

// goFiles lists the .go files of dir, including those that only the overlay has.
// [Config.guard] reports entries that are no regular files.
func (r *reader) goFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list package directory: %w", err)
	}
	var names []string
	for _, e := range entries {
		if isSource(e.Name()) && kindOf(dir, e) == regular {
			names = append(names, e.Name())
		}
	}
	for path := range r.overlay {
		if filepath.Dir(path) == dir && isSource(filepath.Base(path)) {
			names = append(names, filepath.Base(path))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// isSource reports whether the go command would ever look at a file of that
// name: it ignores those that start with an underscore or a dot.
func isSource(base string) bool {
	return strings.HasSuffix(base, ".go") && !strings.HasPrefix(base, "_") && !strings.HasPrefix(base, ".")
}

// notFound turns the go command's complaint about a missing package into an error.
func notFound(p *packages.Package) error {
	if len(p.Errors) == 0 {
		return fmt.Errorf("package %s not found", p.ID)
	}
	return cleaned(p.Errors[0].Msg)
}

// cleaned drops the text that the driver adds to the go command's message.
func cleaned(msg string) error {
	msg = strings.TrimSpace(msg)
	if _, rest, ok := strings.Cut(msg, "stderr: "); ok {
		msg = strings.TrimSpace(rest)
	}
	msg = strings.TrimPrefix(msg, "err: ")
	return errors.New(strings.TrimPrefix(msg, "go: "))
}
