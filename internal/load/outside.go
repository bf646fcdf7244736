package load

import (
	"cmp"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/goenv"
)

// An OutsideError is a package that patterns match, but that lies outside of the main
// module or workspace. Its files have another owner, and may be shared by all
// modules of the machine.
type OutsideError struct {
	Package string // import path
	Dir     string
	Reason  string // such as "it belongs to the standard library"
}

func (e *OutsideError) Error() string {
	name := e.Package
	if build.IsLocalImport(name) {
		name = "in " + e.Dir // the go command has no path for a directory without files
	}
	return fmt.Sprintf("package %s lies outside of the main module: %s", name, e.Reason)
}

// Inside returns an [*OutsideError] for the first package that lies outside of the main module
// or workspace, nil if there is none. Without modules, only the standard library is outside.
func Inside(cfg Config, pkgs []*Package) error {
	moduleCache := cfg.moduleCache()
	for _, p := range pkgs {
		reason := p.outside(moduleCache)
		if reason != "" {
			return &OutsideError{Package: p.Path, Dir: p.Dir, Reason: reason}
		}
	}
	return nil
}

// outside returns the reason why a package is outside, or "".
func (p *Package) outside(moduleCache string) string {
	m := p.module
	switch {
	case inGoroot(p.Dir, p.Path):
		return "it belongs to the standard library"
	case moduleCache != "" && (below(p.Dir, moduleCache) || below(resolved(p.Dir), moduleCache)):
		return "its directory is part of the module cache"
	case m == nil:
		return ""
	case !m.Main:
		return "it belongs to module " + moduleName(m)
	case below(p.Dir, m.Dir) && slices.Contains(elements(p.Dir, m.Dir), "vendor"):
		return "it is vendored"
	case p.Interesting() && m.Dir != "" && !below(resolved(p.Dir), resolved(m.Dir)):
		return "its directory is a link to " + resolved(p.Dir)
	}
	return ""
}

func moduleName(m *packages.Module) string {
	name := m.Path
	if m.Version != "" {
		name += "@" + m.Version
	}
	if m.Replace != nil {
		name += ", which is replaced by " + cmp.Or(m.Replace.Dir, m.Replace.Path)
	}
	return name
}

// moduleCache returns the directory of downloaded modules, as the go command computes it, or "".
func (cfg Config) moduleCache() string {
	env := cfg.environ()
	file, _ := goenv.File(env)
	kept, err := goenv.Read(file)
	if err != nil {
		kept = ""
	}
	if dir := kept.Value(env, "GOMODCACHE"); dir != "" {
		return resolved(dir)
	}
	gopath := cmp.Or(kept.Value(env, "GOPATH"), build.Default.GOPATH)
	first, _, _ := strings.Cut(gopath, string(filepath.ListSeparator))
	if first == "" {
		return ""
	}
	return resolved(filepath.Join(first, "pkg", "mod"))
}

// inGoroot reports whether dir is that of the package at path in some GOROOT.
func inGoroot(dir, path string) bool {
	src, ok := strings.CutSuffix(filepath.ToSlash(dir), "/"+path)
	if !ok || filepath.Base(src) != "src" {
		return false
	}
	_, err := os.Stat(filepath.Join(filepath.FromSlash(src), "builtin", "builtin.go"))
	return err == nil
}

// below reports whether dir is parent, or lies below it.
func below(dir, parent string) bool {
	rel, err := filepath.Rel(parent, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// elements returns the elements of the path from parent to dir.
func elements(dir, parent string) []string {
	rel, err := filepath.Rel(parent, dir)
	if err != nil {
		return nil
	}
	return strings.Split(filepath.ToSlash(rel), "/")
}

// resolved returns a path without symbolic links, or the path itself if it does not exist.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
