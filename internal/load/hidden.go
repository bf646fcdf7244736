package load

import (
	"context"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// hiddenPackages loads the packages that a ... pattern skips because the
// constraints of this machine exclude all their files. The set of packages
// must not depend on the machine, so the directories below local patterns are
// walked. The go command runs again only if one of them holds a directive.
func hiddenPackages(ctx context.Context, cfg Config, patterns []string, listed []*packages.Package) ([]*packages.Package, error) {
	var dirs []string
	for _, p := range patterns {
		root, ok := strings.CutSuffix(filepath.ToSlash(p), "/...")
		if !ok || !localPattern(root) {
			continue
		}
		found, err := unlisted(cfg, root, listed)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, found...)
	}
	if len(dirs) == 0 {
		return nil, ctx.Err()
	}
	slices.Sort(dirs)
	hidden, _, err := cfg.list(ctx, slices.Compact(dirs)...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(hidden, func(p *packages.Package) bool { return p.Dir == "" }), nil
}

func localPattern(root string) bool {
	return build.IsLocalImport(root) || filepath.IsAbs(root)
}

// unlisted returns the directories below root that hold a marked or owned file
// and are in no listed package.
func unlisted(cfg Config, root string, listed []*packages.Package) ([]string, error) {
	known := map[string]bool{}
	for _, p := range listed {
		known[p.Dir] = true
	}
	base := cfg.absolute(root)
	r := &reader{overlay: cfg.Overlay}
	var dirs []string
	err := eachDir(base, func(dir string) error {
		if !known[dir] && r.hasDirectives(dir) {
			dirs = append(dirs, dir)
		}
		return nil
	})
	return dirs, err
}

// eachDir visits the directories of a ... pattern: base, which may be a link, and those below it, without
// the ones that the go command skips.
func eachDir(base string, visit func(dir string) error) error {
	return filepath.WalkDir(base+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			// The go command reports unreadable directories.
			return nil //nolint:nilerr // see above
		}
		if path = filepath.Clean(path); path != base && skipped(path, d.Name()) {
			return filepath.SkipDir
		}
		return visit(path)
	})
}

func (cfg Config) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(cfg.Dir, path)
}

func skipped(path, name string) bool {
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || name == "testdata" || name == "vendor" {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

func (r *reader) hasDirectives(dir string) bool {
	names, err := r.goFiles(dir)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool {
		owned, marked := r.classify(filepath.Join(dir, name))
		return marked || owned
	})
}
