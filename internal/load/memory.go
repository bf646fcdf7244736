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
	"time"

	"github.com/asyncgen/asyncgen/internal/model"
)

const (
	kept        = 8 // files of memory, and runtimes in each
	recordsName = ".json"
	unfinished  = ".tmp"
)

// memory is a directory with what earlier runs were told about export data that
// cannot have changed: that of the standard library, and that of the runtime,
// which imports nothing else but its own internal packages. Each of its files belongs to one
// [toolchain].
//
// Nothing in it is needed. Whatever is wrong with it, be it lost, damaged or
// not to be written, makes a run ask the go command again, and is no error.
type memory struct {
	dir string
	env string // what the environment comes to; names of files begin with it
}

// record says where the export data of one package is.
type record struct {
	Path   string
	Export string // file in the go command's cache, named for what it contains
	Size   int64
	// Outside of the standard library: where the package is, and what in.
	Dir, Sum string `json:",omitempty"`
}

// memory reports false if the environment allows for no memory.
func (cfg Config) memory() (memory, bool) {
	if cfg.Memory == "" || len(cfg.Overlay) > 0 || cfg.Tags != "" {
		return memory{}, false
	}
	env, ok := cfg.environment()
	return memory{dir: cfg.Memory, env: env}, ok
}

// unknown returns those of the packages at paths that no file for this
// environment mentions. Which of the files is the right one will turn out later.
func (m memory) unknown(paths []string) []string {
	best := paths
	for _, name := range m.files() {
		if !strings.HasPrefix(filepath.Base(name), m.env) {
			continue
		}
		known := map[string]bool{}
		for _, r := range readRecords(name) {
			info, err := os.Stat(r.Export)
			known[r.Path] = known[r.Path] || err == nil && info.Size() == r.Size
		}
		rest := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return known[path] })
		if len(rest) < len(best) {
			best = rest
		}
	}
	return best
}

// files lists the files of all environments, the newest first.
func (m memory) files() []string {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return nil
	}
	times := map[string]time.Time{}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		name := filepath.Join(m.dir, e.Name())
		switch filepath.Ext(name) {
		case recordsName:
			names = append(names, name)
			times[name] = info.ModTime()
		case unfinished:
			// Somebody was killed.
			if time.Since(info.ModTime()) > time.Hour {
				_ = os.Remove(name)
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(times[b].Compare(times[a]), cmp.Compare(a, b))
	})
	return names
}

// readRecords returns nothing if the file is not as it was written.
func readRecords(name string) []record {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	var list []record
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	return list
}

// recall returns what is known about the packages at paths and still true.
func (t *toolchain) recall(paths []string) map[string]entry {
	known := map[string]entry{}
	if t == nil {
		return known
	}
	sum := ""
	for _, r := range readRecords(t.file) {
		if !slices.Contains(paths, r.Path) {
			continue
		}
		if r.Dir != "" {
			if r.Path != t.runtime.ImportPath || r.Dir != t.runtime.Dir {
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
			known[r.Path] = entry{ImportPath: r.Path, Export: r.Export, recalled: true}
		}
	}
	return known
}

// remember adds to the memory what the go command has said.
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
		t.keepAlive()
		return
	}
	slices.SortFunc(list, func(a, b record) int { return cmp.Compare(a.Path, b.Path) })
	old := readRecords(t.file)
	runtimes := 0
	for _, r := range old {
		same := func(o record) bool { return o.Path == r.Path && o.Dir == r.Dir }
		if r.Dir != "" {
			runtimes++
		}
		if !slices.ContainsFunc(list, same) && runtimes < kept {
			list = append(list, r)
		}
	}
	t.write(list)
}

// record reports false if what was said about a package may change, or if it was
// not the go command that said it.
func (t *toolchain) record(e entry) (record, bool) {
	r := record{Path: e.ImportPath, Export: e.Export}
	if e.recalled || e.Error != nil {
		return r, false
	}
	if !e.Standard {
		if e.ImportPath != model.RuntimePath || slices.ContainsFunc(e.Imports, t.foreign) {
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
// an internal package of the runtime, which is part of the runtime's checksum.
func (t *toolchain) foreign(path string) bool {
	if strings.HasPrefix(path, model.RuntimePath+"/internal/") {
		return false
	}
	info, err := os.Stat(filepath.Join(t.goroot, "src", filepath.FromSlash(path)))
	return path == "C" || err != nil || !info.IsDir()
}

// write replaces the file in one step: others may be reading it.
func (t *toolchain) write(list []record) {
	text, err := json.Marshal(list)
	if err != nil {
		return
	}
	// The directory above is not ours to create.
	if err := os.Mkdir(t.dir, 0o700); err != nil && !os.IsExist(err) {
		return
	}
	f, err := os.CreateTemp(t.dir, "*"+unfinished)
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if closed := f.Close(); err != nil || closed != nil || os.Rename(f.Name(), t.file) != nil {
		_ = os.Remove(f.Name())
		return
	}
	if files := t.files(); len(files) > kept {
		for _, name := range files[kept:] {
			_ = os.Remove(name)
		}
	}
}

// keepAlive keeps a file that is only read from counting as old.
func (t *toolchain) keepAlive() {
	info, err := os.Stat(t.file)
	if now := time.Now(); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
		_ = os.Chtimes(t.file, now, now)
	}
}

// forget makes the next run ask again.
func (t *toolchain) forget() { _ = os.Remove(t.file) }

// made reports whether a file is export data that this toolchain has made, and
// how large it is.
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
