package load

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/goenv"
	"github.com/asyncgen/asyncgen/internal/model"
)

// witness is the package of the standard library that identifies a toolchain: its
// directory is in the toolchain's, and its files differ between systems, and with and
// without cgo.
const witness = "net"

// toolchain is one way to compile the standard library: a release of Go with all
// settings that affect the result.
type toolchain struct {
	exportCache

	goroot  string
	version string // such as go1.26.8
	key     cache.Key
	runtime entry // of the runtime, if the go command found it
}

// witnesses returns the packages that are listed together with the wanted ones. The
// go command then must not use the network, because only verification needs
// the runtime.
func witnesses() []string { return []string{witness, model.RuntimePath} }

// toolchain returns nil if nothing can be cached: only a release of Go never
// changes.
func (c exportCache) toolchain(list []entry) *toolchain {
	t := &toolchain{exportCache: c}
	ok := true
	t.key = cache.KeyOf(func(h *cache.Hash) {
		h.Add("exports", c.env)
		for _, e := range list {
			switch {
			case e.Error != nil:
			case e.ImportPath == model.RuntimePath:
				t.runtime = e
			case e.ImportPath == witness && e.Standard:
				t.goroot = filepath.Dir(filepath.Dir(e.Dir))
				h.Add(e.Dir)
				h.Add(e.GoFiles...)
				h.Add("cgo")
				h.Add(e.CgoFiles...)
			}
		}
		ok = t.goroot != "" && t.release(h)
	})
	if !ok {
		return nil
	}
	return t
}

// release reports whether the toolchain is a release, and adds its version and its
// defaults to h.
func (t *toolchain) release(h *cache.Hash) bool {
	text, err := os.ReadFile(filepath.Join(t.goroot, "VERSION"))
	if err != nil {
		return false
	}
	version, _, _ := strings.Cut(string(text), "\n")
	t.version = strings.TrimSpace(version)
	if !strings.HasPrefix(t.version, "go1.") || strings.ContainsAny(t.version, " \t") {
		return false
	}
	defaults, ok := settings(filepath.Join(t.goroot, "go.env"))
	h.Add(string(text), string(defaults))
	return ok
}

// environment returns a checksum of all variables that the go command may
// read, those in its own file included. It reports false if a flag among them
// may change the standard library without changing its text.
func (cfg Config) environment() (string, bool) {
	var list []string
	for _, v := range cfg.environ() {
		name, value, _ := strings.Cut(v, "=")
		if !decides(strings.ToUpper(name)) {
			continue
		}
		if strings.EqualFold(name, "GOFLAGS") && !harmless(value) {
			return "", false
		}
		list = append(list, v)
	}
	file, ok := goenv.File(cfg.environ())
	if !ok {
		return "", false
	}
	text, ok := settings(file)
	if !ok {
		return "", false
	}
	// The order of variables matters only where one is there twice.
	slices.SortStableFunc(list, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	said, err := json.Marshal([]any{runtime.GOOS, runtime.GOARCH, list, string(text)})
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:]), err == nil
}

// decides reports whether a variable may affect how a package is compiled. The list
// names those that do not: go generate sets three for every line that it executes.
func decides(name string) bool {
	switch name {
	case "GOFILE", "GOLINE", "GOPACKAGE":
		return false
	case "CC", "CXX", "AR", "FC":
		return true
	}
	return strings.HasPrefix(name, "GO") || strings.HasPrefix(name, "CGO_") || strings.HasPrefix(name, "PKG_CONFIG")
}

// harmless reports whether flags refer to nothing, such as an overlay or another
// tool, that may change while the text of the flags does not.
func harmless(flags string) bool {
	for flag := range strings.FieldsSeq(flags) {
		name, value, _ := strings.Cut("-"+strings.TrimLeft(flag, "-"), "=")
		switch name {
		case "-buildvcs", "-modcacherw", "-p", "-tags", "-trimpath", "-v":
		case "-mod":
			// Listing the runtime must not change a go.mod.
			if value == "mod" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// settings reads a file of variables. It reports false if that is not possible,
// or if there are flags in it that are not harmless.
func settings(file string) (goenv.Settings, bool) {
	kept, err := goenv.Read(file)
	return kept, err == nil && harmless(kept.Get("GOFLAGS"))
}

// contents returns a checksum of the files of a package and of its internal packages, and
// of its module, or "" if they cannot be read.
func contents(e entry) string {
	h := sha256.New()
	module, err := json.Marshal(e.Module)
	if err != nil {
		return ""
	}
	h.Write(module)
	if addFiles(h, e.Dir, "") != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// runtimeParts are the directories of the runtime that generated code is verified with.
var runtimeParts = []string{"internal", path.Base(model.ImplPath)}

// addFiles adds the files of dir to a checksum, and those below its runtimeParts.
func addFiles(h io.Writer, dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range entries {
		at := filepath.Join(dir, file.Name())
		if file.IsDir() {
			if prefix == "" && !slices.Contains(runtimeParts, file.Name()) {
				continue
			}
			if err := addFiles(h, at, prefix+file.Name()+"/"); err != nil {
				return err
			}
			continue
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		name, sum := sha256.Sum256([]byte(prefix+file.Name())), sha256.Sum256(text)
		_, _ = h.Write(name[:]) // a checksum returns no error
		_, _ = h.Write(sum[:])
	}
	return nil
}
