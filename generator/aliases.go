package generator

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/asyncgen/asyncgen/internal/load"
)

// outside holds facts about imported packages. Packages are generated concurrently, so it has
// a lock.
type outside struct {
	mu      sync.Mutex
	dirs    map[string]string          // by import path; of packages that the run does not name
	aliases map[string]map[string]bool // by directory
}

// add keeps the directories of packages, and returns their names.
func (o *outside) add(found map[string]load.Found) map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dirs == nil {
		o.dirs = map[string]string{}
	}
	names := map[string]string{}
	for path, f := range found {
		names[path], o.dirs[path] = f.Name, f.Dir
	}
	return names
}

// aliases returns the names that may be aliases in the package at an import path, as seen from
// the package of w. It reports false if there is no such package.
func (r *run) aliases(ctx context.Context, w *work, path string) (map[string]bool, bool) {
	names, ok := r.aliasesAt(ctx, r.lookUpDir(w.pkg), path)
	w.facts.aliases(path, names)
	return names, ok
}

// aliasesAt is aliases as seen from a directory.
func (r *run) aliasesAt(ctx context.Context, from, path string) (map[string]bool, bool) {
	dir := r.dirOf(ctx, from, path)
	if dir == "" {
		return nil, false
	}
	r.outside.mu.Lock()
	names, ok := r.outside.aliases[dir]
	r.outside.mu.Unlock()
	if ok {
		return names, true
	}
	names = r.cache.aliases(r.byPath[path], func() map[string]bool { return r.aliasesIn(dir) })
	r.outside.mu.Lock()
	defer r.outside.mu.Unlock()
	if r.outside.aliases == nil {
		r.outside.aliases = map[string]map[string]bool{}
	}
	r.outside.aliases[dir] = names
	return names, true
}

// dirOf returns the directory of a package, or "".
func (r *run) dirOf(ctx context.Context, from, path string) string {
	if p := r.byPath[path]; p != nil {
		return p.Dir
	}
	r.outside.mu.Lock()
	dir, ok := r.outside.dirs[path]
	r.outside.mu.Unlock()
	if ok {
		return dir
	}
	cfg := r.load
	cfg.Dir = from
	found, err := load.Find(ctx, cfg, []string{path})
	if err != nil {
		return ""
	}
	if _, ok := found[path]; !ok {
		found = map[string]load.Found{path: {}}
	}
	r.outside.add(found)
	return found[path].Dir
}

// aliasLine matches a line that may declare an exported alias. It matches more: constants, and
// assignments to variables, whose names no type has.
var aliasLine = regexp.MustCompile(`(?m)(?:^|[(;])[ \t]*(?:type[ \t]+)?(\p{Lu}[\p{L}\p{N}_]*)[ \t]*(?:\[[^=]*?\])?[ \t]*=[^=]`)

// aliasesIn searches the files of a directory, whatever their build constraints.
func (r *run) aliasesIn(dir string) map[string]bool {
	names := map[string]bool{}
	for _, path := range r.sourcesIn(dir) {
		src, ok := r.load.Overlay[path]
		if !ok {
			var err error
			if src, err = os.ReadFile(path); err != nil {
				continue // the compiler cannot read it either
			}
		}
		for _, m := range aliasLine.FindAllSubmatch(src, -1) {
			names[string(m[1])] = true
		}
	}
	return names
}

// sourcesIn returns the paths of the files of a package.
func (r *run) sourcesIn(dir string) []string {
	set := map[string]bool{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		set[filepath.Join(dir, e.Name())] = e.Type().IsRegular()
	}
	for path := range r.load.Overlay {
		set[path] = set[path] || filepath.Dir(path) == dir
	}
	maps.DeleteFunc(set, func(path string, regular bool) bool {
		return !regular || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go")
	})
	return slices.Sorted(maps.Keys(set))
}
