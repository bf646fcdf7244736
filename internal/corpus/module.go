package corpus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tree is a writable copy of a module that uses the runtime of this checkout.
type tree struct {
	dir  string
	env  []string
	race bool // of tests
}

// module is what the go command says about a downloaded module.
type module struct {
	Path    string
	Version string
	Dir     string
	Error   string
}

// download finds a module in the module cache, or has the go command put it
// there. A query without a version means the latest one, and the path of a directory the module
// that somebody has checked out there.
func download(ctx context.Context, query string) (module, error) {
	if build.IsLocalImport(query) || filepath.IsAbs(query) {
		return checkedOut(ctx, query)
	}
	if !strings.Contains(query, "@") {
		query += "@latest"
	}
	var m module
	// Outside of any module, so that nothing here decides what is found.
	dir, err := os.MkdirTemp("", "asyncgen-corpus-*")
	if err != nil {
		return m, fmt.Errorf("download %s: %w", query, err)
	}
	defer os.RemoveAll(dir)
	out, err := tree{dir: dir, env: environment()}.output(ctx, "go", "mod", "download", "-json", query)
	if jsonErr := json.Unmarshal(out, &m); jsonErr == nil && m.Error != "" {
		return m, fmt.Errorf("download %s: %s", query, m.Error)
	}
	return m, err
}

func checkedOut(ctx context.Context, dir string) (module, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return module{}, err
	}
	out, err := tree{dir: abs, env: environment()}.output(ctx, "go", "list", "-m")
	return module{Path: strings.TrimSpace(string(out)), Version: "checkout", Dir: abs}, err
}

func environment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
}

const runtimeModule = "github.com/asyncgen/asyncgen"

// unpack copies a module into the tree, writable, and makes it require the
// runtime.
func (t tree) unpack(ctx context.Context, m module, checkout string) error {
	if err := copyTree(t.dir, m.Dir); err != nil {
		return fmt.Errorf("copy %s: %w", m.Path, err)
	}
	if err := t.complete(m); err != nil {
		return err
	}
	if err := t.ownModule(ctx, m.Path); err != nil {
		return err
	}
	for _, args := range [][]string{
		// Requiring the runtime raises the language version, as "go get" does.
		{"mod", "edit", "-go=1.26.0", "-toolchain=none"},
		// Some modules are published without what their tests need.
		{"mod", "tidy", "-e"},
		{"mod", "edit", "-require=" + runtimeModule + "@v0.0.0", "-replace=" + runtimeModule + "=" + checkout},
		// Whatever sums the runtime's requirements add are added here, once.
		{"list", "-mod=mod", "-e", "-test", "-deps", "./...", runtimeModule + "/loop"},
	} {
		if _, err := t.output(ctx, "go", args...); err != nil {
			return err
		}
	}
	return nil
}

// ownModule makes the copy a module that stands alone. Old modules have no
// go.mod, and the replacements in others, which nobody but their authors needs,
// may lead to where they are not.
func (t tree) ownModule(ctx context.Context, path string) error {
	if _, err := os.Stat(filepath.Join(t.dir, "go.mod")); errors.Is(err, fs.ErrNotExist) {
		_, err := t.output(ctx, "go", "mod", "init", path)
		return err
	}
	out, err := t.output(ctx, "go", "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var mod struct {
		Replace []struct {
			Old struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return fmt.Errorf("read go.mod: %w", err)
	}
	for _, r := range mod.Replace {
		old := r.Old.Path
		if r.Old.Version != "" {
			old += "@" + r.Old.Version
		}
		if _, err := t.output(ctx, "go", "mod", "edit", "-dropreplace="+old); err != nil {
			return err
		}
	}
	return nil
}

func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() && path != from && (d.Name() == ".git" || isModule(path)) {
			return filepath.SkipDir // only a checkout has such
		}
		if d.IsDir() {
			return os.MkdirAll(target, 0o750)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// Copy makes dir a copy of the module that query names, which requires the runtime of
// the checkout.
func Copy(ctx context.Context, query, checkout, dir string) error {
	m, err := download(ctx, query)
	if err != nil {
		return err
	}
	return tree{dir: dir, env: environment()}.unpack(ctx, m, checkout)
}

// Unpack copies the module that query names to dir, annotates all of it, and
// returns the number of functions.
func Unpack(ctx context.Context, query, checkout, dir string) (int, error) {
	if err := Copy(ctx, query, checkout, dir); err != nil {
		return 0, err
	}
	a, err := Annotate(dir)
	return len(a.Functions), err
}
