package generator

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/inplace"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
)

// BuildOverlay is a set of replacements for files, for builds that bridge handlers in place. It
// belongs to the caller.
type BuildOverlay struct {
	// Replace maps absolute paths to the contents that the compiler should see there.
	Replace map[string][]byte
	// Diagnostics are problems of the code, sorted by position. If there are any, Replace is empty.
	Diagnostics []Diagnostic
	// Stale are generated files of handlers in place that are not as they should be. They refuse
	// builds without the overlay, so a program with a stale one is not protected.
	Stale []File
	// Dirs are the directories of the packages, sorted.
	Dirs []string
}

// MakeBuildOverlay reads the packages that cfg names and returns the replacements for a build of
// them. It fails only when nothing could be loaded or ctx ended. It ignores cfg.SkipVerify, because
// the type checker decides which calls stay on their loop, and cfg.CacheDir keeps export data only.
func MakeBuildOverlay(ctx context.Context, cfg Config) (*BuildOverlay, error) {
	cfg.SkipVerify = false
	r, err := newRun(cfg)
	if err != nil {
		return nil, err
	}
	r.ahead = load.LookAhead(ctx, r.load, r.patterns)
	defer r.ahead.Close()
	if r.pkgs, err = load.Packages(ctx, r.load, r.patterns); err != nil {
		return nil, err
	}
	if err := r.generateAll(ctx); err != nil {
		return nil, err
	}
	out := &BuildOverlay{Replace: map[string][]byte{}, Stale: r.staleGuards()}
	for _, p := range r.pkgs {
		out.Dirs = append(out.Dirs, p.Dir)
	}
	sources, err := r.straightened(ctx)
	if err != nil {
		return nil, err
	}
	if out.Diagnostics = published(r.diags.Sorted()); len(out.Diagnostics) > 0 {
		return out, ctx.Err()
	}
	for path, src := range sources {
		out.Replace[path] = inplace.Positioned(path, src)
	}
	for _, f := range r.files {
		if f.overlay != nil {
			out.Replace[f.Path] = f.overlay
		}
	}
	return out, ctx.Err()
}

// staleGuards returns the guards that are not on disk as they should be.
func (r *run) staleGuards() []File {
	var list []File
	for _, f := range r.files {
		orphan := f.State == StateOrphaned && model.InPlaceName(f.Path)
		if f.State != StateCurrent && (f.overlay != nil || orphan) {
			list = append(list, f.File)
		}
	}
	return list
}

// bridgesInPlace returns those of a directory, or of all.
func (r *run) bridgesInPlace(dir string) []model.Bridge {
	var list []model.Bridge
	for _, f := range r.files {
		if f.overlay != nil && (dir == "" || filepath.Dir(f.Path) == dir) {
			list = append(list, f.plan.Bridges...)
		}
	}
	return list
}

// renamed returns the sources with renamed handlers, by path.
func (r *run) renamed() map[string][]byte {
	sources := map[string][]byte{}
	edits := inplace.Renames(r.bridgesInPlace(""))
	for path, e := range edits {
		sources[path] = inplace.Apply(r.source(path), e)
	}
	return sources
}

// straightened returns the renamed sources with the calls that stay on their loop turned into calls of the handler
// itself. Type errors in generated code become diagnostics.
func (r *run) straightened(ctx context.Context) (map[string][]byte, error) {
	sources := r.renamed()
	dirs, tests := r.inPlaceDirs()
	if len(dirs) == 0 {
		return sources, ctx.Err()
	}
	cfg, outputs := r.rendered(sources)
	checked, err := load.Check(ctx, cfg, load.Checking{
		Dirs: dirs, Tests: tests, Changed: dirs, Run: r.pkgs, Plain: r.plainInPlace(), Ahead: r.ahead, Whole: true,
	})
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, c := range checked {
		r.explain(c, outputs)
		r.straighten(c, sources, done)
	}
	return sources, ctx.Err()
}

// straighten edits the sources of one package, each once: a package and its test variant have the same
// edits for the files of both.
func (r *run) straighten(c load.Checked, sources map[string][]byte, done map[string]bool) {
	if len(c.Files) == 0 || c.Types == nil {
		return
	}
	dir := filepath.Dir(c.Fset.PositionFor(c.Files[0].FileStart, false).Filename)
	edits := inplace.Straight(inplace.Package{
		Fset: c.Fset, Files: c.Files, Types: c.Types, Info: c.Info, Bridges: r.bridgesInPlace(dir),
		Mentioned: func(name string) bool { return r.mentionedInTests(dir, name) },
	})
	for path, e := range edits {
		src, renamed := sources[path]
		if !renamed {
			src = r.source(path)
		}
		if src != nil && !done[path] {
			sources[path], done[path] = inplace.Apply(src, e), true
		}
	}
}

// source returns a file as stages after parsing see it, or nil if it is of no package of the run.
func (r *run) source(path string) []byte {
	if fixed, ok := r.repaired[path]; ok {
		return fixed
	}
	for _, p := range r.pkgs {
		if i := slices.IndexFunc(p.Files, func(f *load.File) bool { return f.Path == path }); i >= 0 {
			return p.Files[i].Src
		}
	}
	return nil
}

// mentionedInTests reports whether a test file of dir has the name, and thus may call the function of that name.
func (r *run) mentionedInTests(dir, name string) bool {
	for _, p := range r.pkgs {
		for _, f := range p.Files {
			if p.Dir == dir && strings.HasSuffix(f.Path, "_test.go") && inplace.Mentions(f.Src, name) {
				return true
			}
		}
	}
	return false
}

// inPlaceDirs returns the directories with handlers in place, and those among them whose test files have one.
func (r *run) inPlaceDirs() (dirs, tests []string) {
	inTests := map[string]bool{}
	for _, f := range r.files {
		if f.overlay != nil {
			dir := filepath.Dir(f.Path)
			inTests[dir] = inTests[dir] || strings.HasSuffix(f.Path, "_test.go")
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(inTests)) {
		dirs = append(dirs, dir)
		if inTests[dir] {
			tests = append(tests, dir)
		}
	}
	return dirs, tests
}

// plainInPlace reports whether nothing is replaced whose build constraint might exclude it.
func (r *run) plainInPlace() bool {
	return !slices.ContainsFunc(r.files, func(f planned) bool {
		return f.overlay != nil && !strings.HasSuffix(f.Path, "_test.go") && f.plan.Constraint != ""
	}) && r.plain()
}
