package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/goenv"
)

// list lists the packages behind patterns, without their dependencies. It is
// the cheapest query of the go command, and missing dependencies do not break it.
//
// If the go command reports no problem, list runs it directly, as one process;
// go/packages needs two. All other cases are left to go/packages, which handles
// them; direct reports whether the go command ran directly.
func (cfg Config) list(ctx context.Context, patterns ...string) (list []*packages.Package, direct bool, err error) {
	if cfg.direct(patterns) {
		if listed, ok := cfg.listDirectly(ctx, patterns); ok {
			return listed, true, nil
		}
		if ctx.Err() != nil {
			return nil, false, fmt.Errorf("go list: %w", ctx.Err())
		}
	}
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedModule
	list, err = packages.Load(cfg.packages(ctx, mode), patterns...)
	if err != nil {
		return nil, false, cleaned(err.Error())
	}
	return list, false, nil
}

// find is list, plus the toolchain whose cache entry applies (local patterns only).
func (cfg Config) find(ctx context.Context, patterns []string) ([]*packages.Package, bool, *toolchain, error) {
	if c, ok := cfg.exportCache(); ok && cfg.direct(patterns) && !slices.ContainsFunc(patterns, foreignPattern) {
		if listed, t, ok := cfg.findBeside(ctx, c, patterns); ok {
			return listed, true, t, nil
		}
	}
	listed, direct, err := cfg.list(ctx, patterns...)
	return listed, direct, nil, err
}

func foreignPattern(pattern string) bool {
	return !localPattern(strings.TrimSuffix(filepath.ToSlash(pattern), "/..."))
}

// findBeside lists patterns and witnesses with one process. The witnesses must not
// change the answer, so the answer is discarded if it contains any problem, or if the
// patterns match packages of the standard library.
func (cfg Config) findBeside(ctx context.Context, c exportCache, patterns []string) ([]*packages.Package, *toolchain, bool) {
	offline := cfg
	offline.Env = append(slices.Clip(cfg.environ()), "GOPROXY=off", "GONOPROXY=none")
	entries, err := offline.goList(ctx, findFlags(), slices.Concat(patterns, witnesses()))
	if err != nil {
		return nil, nil, false
	}
	t := c.toolchain(entries)
	entries = slices.DeleteFunc(entries, func(e entry) bool {
		return !slices.ContainsFunc(e.Match, func(p string) bool { return !slices.Contains(witnesses(), p) })
	})
	if slices.ContainsFunc(entries, func(e entry) bool { return e.Standard }) {
		return nil, nil, false
	}
	list, ok := found(entries)
	return list, t, ok
}

// direct reports whether the go command's answer is complete. It is not
// if there is an overlay, if a build system replaces the go command,
// or if a pattern is a query that only go/packages supports.
func (cfg Config) direct(patterns []string) bool {
	if len(cfg.Overlay) > 0 || slices.ContainsFunc(patterns, func(p string) bool { return strings.Contains(p, "=") }) {
		return false
	}
	switch goenv.Get(cfg.environ(), "GOPACKAGESDRIVER") {
	case "off":
		return true
	case "":
		_, err := exec.LookPath("gopackagesdriver")
		return err != nil
	}
	return false
}

// environ returns the environment of the go command.
func (cfg Config) environ() []string {
	if cfg.Env != nil {
		return cfg.Env
	}
	return os.Environ()
}

// listDirectly runs the go command once. It reports false for any problem of the
// command, of a pattern or of a package.
func (cfg Config) listDirectly(ctx context.Context, patterns []string) ([]*packages.Package, bool) {
	entries, err := cfg.goList(ctx, findFlags(), patterns)
	if err != nil {
		return nil, false
	}
	return found(entries)
}

func findFlags() []string {
	return []string{"-find", "-json=ImportPath,Name,Dir,Match,Standard,GoFiles,CgoFiles,InvalidGoFiles,Module,Error"}
}

// found reports false if a package has a problem, or if there is no package.
func found(entries []entry) ([]*packages.Package, bool) {
	list := make([]*packages.Package, 0, len(entries))
	for _, e := range entries {
		if e.Error != nil || e.Dir == "" || len(e.InvalidGoFiles) > 0 {
			return nil, false
		}
		p := &packages.Package{ID: e.ImportPath, PkgPath: e.ImportPath, Name: e.Name, Dir: e.Dir, Module: e.Module}
		for _, name := range slices.Concat(e.GoFiles, e.CgoFiles) {
			p.GoFiles = append(p.GoFiles, filepath.Join(e.Dir, name))
		}
		list = append(list, p)
	}
	return list, len(list) > 0
}

// entry is the output of the go command for one package.
type entry struct {
	ImportPath string
	Name       string
	Dir        string
	// Names of files without directories.
	GoFiles, CgoFiles, InvalidGoFiles []string

	Match    []string // patterns that name it
	Standard bool     // it belongs to the standard library
	Export   string   // file of export data
	Imports  []string // import paths
	Deps     []string // import paths of all dependencies
	Module   *packages.Module
	Error    *struct{ Err string }

	cached bool // it comes from the cache
}

// goList runs the go command, which reads nothing from this process and writes
// only to its own cache.
func (cfg Config) goList(ctx context.Context, flags, patterns []string) ([]entry, error) {
	args := slices.Concat([]string{"list", "-e"}, flags, []string{"--"}, patterns)
	cmd := exec.CommandContext(ctx, "go", args...)
	// Dir may contain a symbolic link, which only PWD preserves.
	cmd.Dir, cmd.Env = cfg.Dir, append(slices.Clip(cfg.environ()), "PWD="+cfg.Dir)
	if goenv.Get(cfg.environ(), "GOGC") == "" {
		// It lives for a moment and collects garbage for a fifth of it.
		cmd.Env = append(cmd.Env, "GOGC=400")
	}
	// A compiler that the go command leaves behind must not keep us waiting.
	cmd.WaitDelay = time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, said.Bytes())
	}
	var entries []entry
	for d := json.NewDecoder(&out); ; {
		var e entry
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return entries, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		entries = append(entries, e)
	}
}
