// Package load finds packages and reads their files. It is the only package
// that talks to the go command.
//
// A package here is a directory: every .go file of it is read, whatever its
// build constraints say, so that what is generated does not depend on the
// machine that generates it. Nothing is parsed and nothing is type-checked;
// [Check] does that later, for the packages that need it.
package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Config says where to look and with which environment.
type Config struct {
	Dir     string
	Env     []string
	Overlay map[string][]byte
	Tags    string // for Check
	// Memory is a directory in which to remember where export data is. It need
	// not exist, but the one above it must. Empty means not to.
	Memory string

	overlayFile string // the overlay as the go command reads it, if there is one
}

// Package is a directory with Go files.
type Package struct {
	Path   string // import path
	Name   string // package clause, "" if unknown
	Dir    string // absolute
	Module string // path of the module, "" if unknown
	Files  []*File
	// listed is set if the go command was asked directly: what it said then is
	// all there is to know about the package's files.
	listed *packages.Package
	// toolchain is nil if nothing is remembered.
	toolchain *toolchain
}

// File is one .go file.
type File struct {
	Path string // absolute
	Src  []byte // nil in packages that are not [Package.Interesting]
	Err  error  // reading it failed
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
// fails if the go command does, or if a pattern names nothing.
func Packages(ctx context.Context, cfg Config, patterns []string) ([]*Package, error) {
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
	var all []*Package
	r := &reader{overlay: cfg.Overlay}
	for i, p := range append(listed, hidden...) {
		if p.Dir == "" {
			return nil, notFound(p)
		}
		pkg, err := r.open(p)
		if err != nil {
			return nil, err
		}
		if direct && i < len(listed) {
			pkg.listed, pkg.toolchain = p, toolchain
		}
		all = append(all, pkg)
	}
	slices.SortFunc(all, func(a, b *Package) int { return cmp.Compare(a.Dir, b.Dir) })
	return slices.CompactFunc(all, func(a, b *Package) bool { return a.Dir == b.Dir }), ctx.Err()
}

func (cfg Config) packages(ctx context.Context, mode packages.LoadMode) *packages.Config {
	return &packages.Config{Context: ctx, Mode: mode, Dir: cfg.Dir, Env: cfg.Env, Overlay: cfg.Overlay}
}

// open looks through the files of a package, and keeps them in memory only if
// the package is interesting.
func (r *reader) open(p *packages.Package) (*Package, error) {
	pkg := &Package{Path: p.PkgPath, Name: p.Name, Dir: p.Dir}
	if p.Module != nil {
		pkg.Module = p.Module.Path
	}
	names, err := r.goFiles(p.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		pkg.Files = append(pkg.Files, r.glance(filepath.Join(p.Dir, name)))
	}
	if pkg.Interesting() {
		r.keep(pkg)
	}
	return pkg, nil
}

// goFiles lists the .go files of dir, those that only the overlay has included.
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

// notFound turns what the go command says about a package that does not exist
// into an error.
func notFound(p *packages.Package) error {
	if len(p.Errors) == 0 {
		return fmt.Errorf("package %s not found", p.ID)
	}
	return cleaned(p.Errors[0].Msg)
}

// cleaned drops what the driver puts around the go command's own words.
func cleaned(msg string) error {
	msg = strings.TrimSpace(msg)
	if _, rest, ok := strings.Cut(msg, "stderr: "); ok {
		msg = strings.TrimSpace(rest)
	}
	msg = strings.TrimPrefix(msg, "err: ")
	return errors.New(strings.TrimPrefix(msg, "go: "))
}
