package load

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/model"
)

// maxRuntimes is the number of runtimes whose export data is kept for one toolchain.
const maxRuntimes = 8

// exportCache holds the places of export data that cannot have changed: that of the
// standard library, and that of the packages loop and loopimpl, which import nothing else except
// each other and their internal packages. There is one entry for each [toolchain], and one for each
// environment with the key of the last toolchain in it.
type exportCache struct {
	entries *cache.Cache
	env     string // checksum of the environment
}

// record is the place of the export data of one package.
type record struct {
	Path   string
	Export string // file in the go command's cache, named after its content
	Size   int64
	// Outside of the standard library: the directory of the package, and a checksum of its files.
	Dir, Sum string `json:",omitempty"`
}

// exportCache reports false if nothing can be cached in this environment.
func (cfg Config) exportCache() (exportCache, bool) {
	if cfg.Cache == nil || len(cfg.Overlay) > 0 || cfg.Tags != "" {
		return exportCache{}, false
	}
	env, ok := cfg.environment()
	return exportCache{entries: cfg.Cache, env: env}, ok
}

// last is the key of the entry that holds the key of the last toolchain.
func (c exportCache) last() cache.Key {
	return cache.KeyOf(func(h *cache.Hash) { h.Add("last toolchain", c.env) })
}

// unknown returns the paths without a record of the last toolchain of this
// environment. A later answer of the go command decides whether that
// toolchain is the right one.
func (c exportCache) unknown(paths []string) []string {
	text, ok := c.entries.Get(c.last())
	var k cache.Key
	if !ok || len(text) != len(k) {
		return paths
	}
	copy(k[:], text)
	known := map[string]bool{}
	for _, r := range c.records(k) {
		info, err := os.Stat(r.Export)
		known[r.Path] = known[r.Path] || err == nil && info.Size() == r.Size
	}
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return known[path] })
}

func (c exportCache) records(k cache.Key) []record {
	text, _ := c.entries.Get(k)
	var list []record
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	return list
}

// recall returns the cached packages among those at paths.
func (t *toolchain) recall(paths []string) map[string]entry {
	known := map[string]entry{}
	if t == nil {
		return known
	}
	sum := ""
	for _, r := range t.records(t.key) {
		if !slices.Contains(paths, r.Path) {
			continue
		}
		if r.Dir != "" {
			if r.Dir != t.runtime.Dir {
				continue
			}
			if sum == "" {
				sum = contents(t.runtime)
			}
			if r.Sum != sum || sum == "" {
				continue
			}
		}
		if size, ok := t.made(r.Export); ok && size == r.Size {
			known[r.Path] = entry{ImportPath: r.Path, Export: r.Export, cached: true}
		}
	}
	return known
}

// remember adds an answer of the go command to the cache.
func (t *toolchain) remember(answer map[string]entry) {
	if t == nil {
		return
	}
	var list []record
	for _, e := range answer {
		if r, ok := t.record(e); ok {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return
	}
	slices.SortFunc(list, func(a, b record) int { return cmp.Compare(a.Path, b.Path) })
	runtimes := 0
	for _, r := range t.records(t.key) {
		same := func(o record) bool { return o.Path == r.Path && o.Dir == r.Dir }
		if r.Dir != "" {
			runtimes++
		}
		if !slices.ContainsFunc(list, same) && runtimes < maxRuntimes {
			list = append(list, r)
		}
	}
	if text, err := json.Marshal(list); err == nil {
		t.entries.Put(t.key, text)
		t.entries.Put(t.last(), t.key[:])
	}
}

// record reports false if the export data of a package may change, or if the entry comes
// from the cache itself.
func (t *toolchain) record(e entry) (record, bool) {
	r := record{Path: e.ImportPath, Export: e.Export}
	if e.cached || e.Error != nil {
		return r, false
	}
	if !e.Standard {
		switch e.ImportPath {
		case model.RuntimePath:
		case model.ImplPath:
			e.Dir = filepath.Dir(e.Dir) // the checksum of the runtime includes it
		default:
			return r, false
		}
		if slices.ContainsFunc(e.Imports, t.foreign) {
			return r, false
		}
		r.Dir, r.Sum = e.Dir, contents(e)
		if r.Dir == "" || r.Sum == "" {
			return r, false
		}
	}
	var ok bool
	r.Size, ok = t.made(e.Export)
	return r, ok
}

// foreign reports whether an import path is neither one of the standard library nor that of
// the runtime or an internal package of it, which the runtime's checksum includes.
func (t *toolchain) foreign(path string) bool {
	if path == model.RuntimePath || strings.HasPrefix(path, model.RuntimePath+"/internal/") {
		return false
	}
	info, err := os.Stat(filepath.Join(t.goroot, "src", filepath.FromSlash(path)))
	return path == "C" || err != nil || !info.IsDir()
}

// forget removes the entry of the toolchain.
func (t *toolchain) forget() { t.entries.Delete(t.key) }

// made reports whether this toolchain has made a file of export data, and returns the size of the file.
func (t *toolchain) made(path string) (int64, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Mode()&fs.ModeType != 0 {
		return 0, false
	}
	head := make([]byte, 256)
	n, _ := f.Read(head)
	_, line, _ := bytes.Cut(head[:n], []byte("\ngo object "))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	return info.Size(), slices.Contains(strings.Fields(string(line)), t.version)
}
