package generator

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/load"
)

// packageCache recognizes packages whose generated files are all current, so that nothing is
// parsed, rendered or formatted for them. Only such packages are in it: an entry is found by
// the contents of all files in the directory, the generated ones among them, so a
// file that has changed since is never taken for current. Whether the output was
// verified does not matter, because current files are not verified anyway.
//
// Two entries lead to a result. The first one, for the contents, lists the imports. The
// second one, for the contents and the names of all imports that are packages of the same
// run, is the result. The result also has the facts that the go command gave about other
// packages, and is of use only if they are still true.
type packageCache struct {
	entries *cache.Cache
	program func() (string, bool)
}

// facts are the parts of other packages that the output of one depends on.
type facts struct {
	Known   map[string]string `json:",omitempty"` // names of packages of the run, "" for others
	Names   map[string]string `json:",omitempty"` // names from the go command, "" if not found
	Sources map[string]string `json:",omitempty"` // checksums of packages whose source was read
	Aliases map[string]string `json:",omitempty"` // checksums of the aliases that packages declare, "" if not found
	// unsuitable is set if the output depends on more than that.
	unsuitable bool
}

// cachedResult is the result for one package.
type cachedResult struct {
	Files    []cachedFile
	Handlers []Handler
	Facts    facts
}

// cachedFile is a generated file. On disk it may have the line endings of Windows.
type cachedFile struct {
	Name  string
	Lines bool `json:",omitempty"` // the line endings on disk are those of Windows
}

// openPackageCache returns the cache in a directory, nil for the empty path. The caller has to
// call close. The checksum of the program is computed while the go command lists the packages.
func openPackageCache(dir string) *packageCache {
	entries := cache.Open(dir)
	if entries == nil {
		return nil
	}
	c := &packageCache{entries: entries, program: sync.OnceValues(cache.Program)}
	go c.program()
	return c
}

// close waits for the checksum of the program, and keeps the cache within its bounds.
func (c *packageCache) close() {
	if c != nil {
		_, _ = c.program()
		c.entries.Trim()
	}
}

// recall fills in the outcome of the packages that are in the cache, and returns the others.
func (c *packageCache) recall(ctx context.Context, r *run, all []*work) []*work {
	if c == nil {
		return all
	}
	results := make([]*cachedResult, len(all))
	index := map[*work]int{}
	for i, w := range all {
		index[w] = i
	}
	r.each("comparing", all, func(w *work) { results[index[w]] = c.find(r, w) })
	confirm := r.confirmation(ctx, results)
	var todo []*work
	for i, w := range all {
		if results[i] == nil || !confirm(results[i].Facts) || !w.take(results[i]) {
			todo = append(todo, w)
		}
	}
	return todo
}

// find returns the result for a package, nil if there is none.
func (c *packageCache) find(r *run, w *work) *cachedResult {
	k, ok := c.contents(w.pkg, nil)
	if !ok {
		return nil
	}
	var imports []string
	text, ok := c.entries.Get(k)
	if !ok || json.Unmarshal(text, &imports) != nil {
		return nil
	}
	text, ok = c.entries.Get(withNames(k, r.knownAmong(imports)))
	result := &cachedResult{}
	if !ok || json.Unmarshal(text, result) != nil {
		return nil
	}
	return result
}

// contents returns the key for the contents of a directory. The map changes the
// checksums of some files, by path; nil means that the file is gone.
func (c *packageCache) contents(p *load.Package, changes map[string][]byte) (cache.Key, bool) {
	program, ok := c.program()
	sums := map[string]string{}
	for _, f := range p.Files {
		ok = ok && f.Err == nil
		sums[f.Path] = string(f.Sum[:])
	}
	for path, sum := range changes {
		if sum == nil {
			delete(sums, path)
		} else {
			sums[path] = string(sum)
		}
	}
	return cache.KeyOf(func(h *cache.Hash) {
		h.Add("package", program, p.Path, p.Name, p.Dir, p.Module)
		for _, path := range slices.Sorted(maps.Keys(sums)) {
			h.Add(path, sums[path])
		}
	}), ok
}

func withNames(contents cache.Key, known map[string]string) cache.Key {
	return cache.KeyOf(func(h *cache.Hash) {
		h.Add("result", string(contents[:]))
		for _, path := range slices.Sorted(maps.Keys(known)) {
			h.Add(path, known[path])
		}
	})
}

// knownAmong returns the names of all packages at paths that are part of the run.
func (r *run) knownAmong(paths []string) map[string]string {
	known := map[string]string{}
	for _, path := range paths {
		if name, ok := r.known[path]; ok {
			known[path] = name
		}
	}
	return known
}

// confirmation returns a function that reports whether facts are still true. One run of the
// go command answers for all results.
func (r *run) confirmation(ctx context.Context, results []*cachedResult) func(f facts) bool {
	var names, sources []string
	for _, result := range results {
		if result != nil {
			names = slices.AppendSeq(names, maps.Keys(result.Facts.Names))
			names = append(names, r.outsideOf(result.Facts)...)
			sources = slices.AppendSeq(sources, maps.Keys(result.Facts.Sources))
		}
	}
	var named, sums map[string]string
	if len(names)+len(sources) > 0 {
		found, checksums, err := load.Facts(ctx, r.load, unique(names), unique(sources))
		if err != nil {
			return func(f facts) bool { return len(f.Names)+len(f.Sources)+len(f.Aliases) == 0 && r.agrees(f) }
		}
		named, sums = r.outside.add(found), checksums
	}
	return func(f facts) bool {
		return r.agrees(f) && within(f.Names, named) && within(f.Sources, sums) && r.sameAliases(ctx, f)
	}
}

// sameAliases reports whether packages still declare the aliases in f.
func (r *run) sameAliases(ctx context.Context, f facts) bool {
	for path, sum := range f.Aliases {
		names, _ := r.aliasesAt(ctx, r.load.Dir, path)
		if checksumOf(names) != sum {
			return false
		}
	}
	return true
}

// outsideOf returns the packages with aliases that are not part of the run.
func (r *run) outsideOf(f facts) []string {
	var paths []string
	for path := range f.Aliases {
		if _, ok := r.known[path]; !ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// agrees reports whether the packages of the run have the names in f.
func (r *run) agrees(f facts) bool { return within(f.Known, r.known) }

// within reports whether all elements of a map are in another one. An empty value may
// be missing there.
func within(m, other map[string]string) bool {
	for k, v := range m {
		if other[k] != v {
			return false
		}
	}
	return true
}

// take makes a cached result the outcome of a package. It reports false if a file is missing.
func (w *work) take(result *cachedResult) bool {
	var files []planned
	for _, f := range result.Files {
		path := filepath.Join(w.pkg.Dir, f.Name)
		have := current(w.pkg, path)
		if have == nil {
			return false
		}
		want := have
		if f.Lines {
			want = unixLines(have)
		}
		files = append(files, planned{File: File{Path: path, Package: w.pkg.Path, State: StateCurrent, Old: have, New: want}})
	}
	w.files, w.handlers = files, result.Handlers
	return true
}

func unixLines(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// store adds the outcome of a package to the cache, for the contents that the directory has
// after its files are written. Packages with remote handlers are left out, because
// verification needs their plans even if they are current; so do handlers in place.
func (c *packageCache) store(r *run, w *work) {
	if c == nil || w.facts.unsuitable || len(w.problems) > 0 || len(w.needs.Exports) > 0 || len(w.tree.Repaired()) > 0 || w.pkg.Module == "" {
		return
	}
	result := cachedResult{Handlers: w.handlers, Facts: w.facts}
	changes := map[string][]byte{}
	for _, f := range w.files {
		if f.plan.Remote != "" || f.overlay != nil {
			return
		}
		cached := cachedFile{Name: filepath.Base(f.Path)}
		switch f.State {
		case StateOrphaned:
			changes[f.Path] = nil
			continue
		case StateCurrent:
			cached.Lines = !bytes.Equal(f.Old, f.New)
		default:
			changes[f.Path] = load.Sum(f.New)
		}
		result.Files = append(result.Files, cached)
	}
	k, ok := c.contents(w.pkg, changes)
	if !ok {
		return
	}
	for _, path := range w.needs.Names {
		result.Facts.name(path, w.names[path])
	}
	imports := w.tree.Imports()
	c.put(k, imports)
	c.put(withNames(k, r.knownAmong(imports)), result)
}

func (c *packageCache) put(k cache.Key, value any) {
	if text, err := json.Marshal(value); err == nil {
		c.entries.Put(k, text)
	}
}

// aliases returns the names of the aliases of a package, which find searches for. They are cached by
// the contents of its files. p is nil for packages that are not part of the run.
func (c *packageCache) aliases(p *load.Package, find func() map[string]bool) map[string]bool {
	if c == nil || p == nil {
		return find()
	}
	program, known := c.program()
	sum, ok := p.Checksum()
	if !known || !ok {
		return find()
	}
	k := cache.KeyOf(func(h *cache.Hash) { h.Add("aliases", program, sum) })
	var list []string
	if text, ok := c.entries.Get(k); ok && json.Unmarshal(text, &list) == nil {
		names := map[string]bool{}
		for _, name := range list {
			names[name] = true
		}
		return names
	}
	names := find()
	c.put(k, slices.Sorted(maps.Keys(names)))
	return names
}

// name adds the name of a package.
func (f *facts) name(path, name string) {
	if f.Names == nil {
		f.Names = map[string]string{}
	}
	f.Names[path] = name
}

// aliases adds the aliases that a package declares.
func (f *facts) aliases(path string, names map[string]bool) {
	if f.Aliases == nil {
		f.Aliases = map[string]string{}
	}
	f.Aliases[path] = checksumOf(names)
}

// checksumOf returns a checksum of a set of names, "" for nil.
func checksumOf(names map[string]bool) string {
	if names == nil {
		return ""
	}
	sum := load.Sum([]byte(strings.Join(slices.Sorted(maps.Keys(names)), "\n")))
	return hex.EncodeToString(sum)
}

// source adds a package whose source was read, and the packages that it imports.
func (f *facts) source(path, sum string, known map[string]string) {
	if f.Sources == nil {
		f.Sources, f.Known = map[string]string{}, map[string]string{}
	}
	f.Sources[path] = sum
	maps.Copy(f.Known, known)
}
