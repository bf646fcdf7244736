package load

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"go/build"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Ahead is a guess at the export data that a check will need. The go command
// takes longer for it than for everything else together, so it starts while
// the packages are still being found. A wrong guess costs time and nothing else:
// [Check] requests the missing export data.
type Ahead struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when the rest may be read
	answer map[string]entry
	slow   bool // the compilation took too long
}

// LookAhead starts to look for directives behind patterns that name directories,
// and requests the export data of their imports if a file is probably going to change.
// The caller has to call Close.
func LookAhead(ctx context.Context, cfg Config, patterns []string) *Ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &Ahead{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		if g := cfg.guess(ctx, patterns); len(g.imports) > 0 {
			// Check repeats a request that failed, and reports the failure.
			var err error
			a.answer, err = cfg.exportData(ctx, cfg.unknown(slices.Sorted(maps.Keys(g.imports))), g.several)
			a.slow = errors.Is(err, errSlow)
		}
	}()
	return a
}

// Close ends the search and waits until it has ended.
func (a *Ahead) Close() {
	a.cancel()
	<-a.done
}

// unknown returns those of the packages at paths that are probably not cached. The
// toolchain is not known yet.
func (cfg Config) unknown(paths []string) []string {
	if c, ok := cfg.exportCache(); ok {
		return c.unknown(paths)
	}
	return paths
}

// exports returns the entries of the packages at paths, from the cache of t, from the
// guess, or from the go command.
func (a *Ahead) exports(ctx context.Context, cfg Config, t *toolchain, paths []string) (map[string]entry, error) {
	all := t.recall(paths)
	cfg.step(compiling(len(paths)))
	if a != nil {
		<-a.done
		maps.Copy(all, a.answer)
		if a.slow {
			return all, errSlow
		}
	}
	missing := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return all[path].ImportPath != "" })
	more, err := cfg.exportData(ctx, missing, true)
	maps.Copy(all, more)
	t.remember(all)
	return all, err
}

// tooSlow waits for the guess, and reports whether compiling took too long.
func (a *Ahead) tooSlow() bool {
	if a == nil {
		return false
	}
	<-a.done
	return a.slow
}

// settled returns the entries of packages whose export data does not depend on the overlay of
// the check: those of the standard library, and those in the cache.
func (c *Checking) settled(paths []string) map[string]entry {
	t := c.toolchain()
	all := t.recall(paths)
	if c.Ahead == nil {
		return all
	}
	<-c.Ahead.done
	t.remember(c.Ahead.answer)
	for _, path := range paths {
		if e := c.Ahead.answer[path]; e.Standard {
			all[path] = e
		}
	}
	return all
}

// exportData has the go command compile packages, except for those that use cgo. The list of
// their dependencies is of use only where several packages are checked at once, and takes time.
func (cfg Config) exportData(ctx context.Context, paths []string, deps bool) (map[string]entry, error) {
	ctx, explained := cfg.limited(ctx)
	paths, err := cfg.withoutCgo(ctx, paths)
	if err != nil || len(paths) == 0 || ctx.Err() != nil {
		return nil, explained(cmp.Or(err, ctx.Err()))
	}
	fields := "-json=ImportPath,Dir,Standard,Export,Imports,Module,Error"
	if deps {
		fields += ",Deps"
	}
	entries, err := cfg.goList(ctx, []string{"-export", fields}, paths)
	answer := make(map[string]entry, len(entries))
	for _, e := range entries {
		answer[e.ImportPath] = e
	}
	return answer, explained(err)
}

// guess collects imports.
type guess struct {
	cfg     Config
	reader  reader
	imports map[string]bool
	several bool // there may be more than one package
}

// guess looks for imports behind patterns. It finds none where go list is not run
// directly, because a check does not use the guess then.
func (cfg Config) guess(ctx context.Context, patterns []string) *guess {
	g := &guess{cfg: cfg, reader: reader{overlay: cfg.Overlay}, imports: map[string]bool{}, several: len(patterns) > 1}
	if cfg.direct(patterns) && cfg.Tags == "" {
		for _, p := range patterns {
			g.pattern(ctx, p)
		}
	}
	return g
}

func (g *guess) pattern(ctx context.Context, pattern string) {
	root, deep := strings.CutSuffix(filepath.ToSlash(pattern), "/...")
	if !localPattern(root) {
		return
	}
	base := g.cfg.absolute(root)
	if !deep {
		g.directory(base, "")
		return
	}
	g.several = true
	// The packages of the run may lie below the same module's path. Their export
	// data is of no use, and takes long.
	module := moduleAt(base)
	_ = eachDir(base, func(dir string) error {
		g.directory(dir, module)
		return ctx.Err()
	})
}

// directory adds the imports of the files of one directory, except for packages of
// a module, if the generated files there are older than their sources.
func (g *guess) directory(dir, module string) {
	names, err := g.reader.goFiles(dir)
	if err != nil {
		return
	}
	var output time.Time
	sources := map[string]time.Time{}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		switch {
		case err != nil:
		case !model.GeneratedName(name):
			sources[name] = info.ModTime()
		case info.ModTime().After(output):
			output = info.ModTime()
		}
	}
	for name, changed := range sources {
		if !changed.After(output) {
			continue
		}
		if _, marked := g.reader.classify(filepath.Join(dir, name)); marked {
			g.files(dir, names, module)
			return
		}
	}
}

// files adds the imports of the runtime and of files.
func (g *guess) files(dir string, names []string, module string) {
	for _, path := range []string{"context", model.RuntimePath, model.ImplPath} {
		g.imports[path] = true
	}
	for _, name := range names {
		g.file(dir, name, module)
	}
}

// file adds the imports of one file, if the file belongs to its package on this machine.
func (g *guess) file(dir, name, module string) {
	if strings.HasSuffix(name, "_test.go") {
		return
	}
	if matches, err := build.Default.MatchFile(dir, name); err != nil || !matches {
		return
	}
	for _, path := range importsOf(filepath.Join(dir, name), nil) {
		if module == "" || path != module && !strings.HasPrefix(path, module+"/") {
			g.imports[path] = true
		}
	}
}

// moduleAt returns the path of the module that holds a directory, or "".
func moduleAt(dir string) string {
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			return modulePath(text)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func modulePath(text []byte) string {
	for line := range bytes.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "module "); ok {
			return strings.Trim(strings.TrimSpace(path), `"`)
		}
	}
	return ""
}
