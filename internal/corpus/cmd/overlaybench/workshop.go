package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/internal/machine"
	"github.com/asyncgen/asyncgen/internal/turns"
)

// workshop is a directory with the command, and with copies of the module to build. Each copy has caches of its own,
// because builds of one must not find what another has left.
type workshop struct {
	dir, checkout, asyncgen string
	machine                 machine.Machine // as it was before the workshop opened, which is work enough to show in its load
	rounds, packages        int
	shared                  bool // the user's own build cache serves all copies: for tests, which measure nothing
}

// The copies.
const (
	plain   = "plain"   // bridges with names of their own
	without = "without" // bridges in place, built without the overlay
	with    = "with"    // and with it
	other   = "other"   // as without, with an overlay that replaces a file by itself
	alone   = "alone"   // for asyncgen by itself
)

// open fills the workshop.
func (w *workshop) open(ctx context.Context) error {
	w.machine = machine.Describe()
	w.asyncgen = filepath.Join(w.dir, "bin", "asyncgen")
	if err := w.command(ctx, w.checkout, nil, "go", "build", "-o", w.asyncgen, "./cmd/asyncgen"); err != nil {
		return err
	}
	if err := w.publish(); err != nil {
		return err
	}
	for _, name := range []string{plain, without, with, other, alone} {
		m := module{packages: w.packages, inPlace: name != plain}
		if err := m.write(w.at(name), w.published()); err != nil {
			return err
		}
		if err := w.command(ctx, w.at(name), w.env(name), w.asyncgen, "./..."); err != nil {
			return err
		}
	}
	if err := w.selfOverlay(); err != nil || w.shared {
		return err
	}
	return w.sow(ctx)
}

// publish copies what users have of this repository: the runtime, in a module of its own here.
func (w *workshop) publish() error {
	for _, dir := range []string{"loop", "loop/loopimpl", "loop/internal/door", "loop/internal/goroutine"} {
		if err := w.publishPackage(filepath.FromSlash(dir)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(w.published(), "go.mod"), []byte("module github.com/asyncgen/asyncgen\n\ngo 1.26.0\n"), 0o600)
}

// publishPackage copies the files of a package, but for its tests.
func (w *workshop) publishPackage(dir string) error {
	files, err := filepath.Glob(filepath.Join(w.checkout, dir, "*.[gs]*"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(w.published(), dir), 0o750); err != nil {
		return err
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(w.published(), dir, filepath.Base(path)), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (w *workshop) published() string { return filepath.Join(w.dir, "runtime") }

// sow compiles what every copy needs, the standard library and the runtime, and gives it to all.
func (w *workshop) sow(ctx context.Context) error {
	small := module{packages: 2}
	if err := small.write(w.at(seed), w.published()); err != nil {
		return err
	}
	for _, command := range [][]string{{w.asyncgen, "./..."}, {"go", "build", "-o", "bin/", "./..."}} {
		if err := w.command(ctx, w.at(seed), w.env(seed), command...); err != nil {
			return err
		}
	}
	for _, name := range []string{plain, without, with, other, alone} {
		if err := w.clean(name)(); err != nil {
			return err
		}
	}
	return nil
}

// seed is the copy whose caches the others begin with.
const seed = "seed"

func (w *workshop) at(name string) string    { return filepath.Join(w.dir, name, "big") }
func (w *workshop) cache(name string) string { return filepath.Join(w.dir, name, "cache") }

// env gives a copy its own caches, and has it find the command.
func (w *workshop) env(name string) []string {
	path := "PATH=" + filepath.Dir(w.asyncgen) + string(os.PathListSeparator) + os.Getenv("PATH")
	if w.shared {
		return []string{path}
	}
	return []string{path, "GOCACHE=" + filepath.Join(w.cache(name), "go-build"), "XDG_CACHE_HOME=" + w.cache(name)}
}

func (w *workshop) command(ctx context.Context, dir string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(turns.Environment(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// selfOverlay writes an overlay that changes nothing.
func (w *workshop) selfOverlay() error {
	file := filepath.Join(w.at(other), "cmd", "app", "main.go")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{file: file}})
	if err != nil {
		return err
	}
	return os.WriteFile(w.otherOverlay(), text, 0o600)
}

func (w *workshop) otherOverlay() string { return filepath.Join(w.dir, "other.json") }

// clean brings the caches of a copy back to where they were when nothing of the module had been built.
func (w *workshop) clean(name string) func() error {
	return func() error {
		if err := os.RemoveAll(w.cache(name)); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(w.at(name), "bin")); err != nil || w.shared {
			return err
		}
		return os.CopyFS(filepath.Join(w.cache(name), "go-build"), os.DirFS(filepath.Join(w.cache(seed), "go-build")))
	}
}

// change makes another change of one line in a package, each time.
func (w *workshop) change(name, pkg string) func() error {
	n := 0
	path := filepath.Join(w.at(name), pkg, "t0.go")
	return func() error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		before := fmt.Sprintf(`errors.New("no name%s")`, strings.Repeat("!", n))
		n++
		after := fmt.Sprintf(`errors.New("no name%s")`, strings.Repeat("!", n))
		changed := strings.Replace(string(text), before, after, 1)
		if changed == string(text) {
			return fmt.Errorf("%s has no line to be changed", path)
		}
		return os.WriteFile(path, []byte(changed), 0o600)
	}
}
