package generator

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/verify"
)

// verify type-checks what is about to change, together with the packages that
// it belongs to. Packages whose files are all current have been verified when
// they were written; only those with remote handlers are looked at again, because a
// type of another package may since have got a field that cannot travel.
func (r *run) verify(ctx context.Context) error {
	cfg, outputs := r.rendered(r.renamed())
	plain, tests := r.changed()
	c := load.Checking{Changed: slices.Concat(plain, tests), Run: r.pkgs, Plain: r.plain(), Ahead: r.ahead}
	for _, f := range r.files {
		if f.State == Orphaned {
			c.Changed = append(c.Changed, filepath.Dir(f.Path))
		}
	}
	// Test variants cost a lot, because whole packages are compiled again for
	// them, so they are loaded only where test files change.
	for _, group := range []struct {
		dirs  []string
		tests bool
	}{{plain, false}, {tests, true}} {
		if len(group.dirs) == 0 {
			continue
		}
		c.Dirs, c.Tests = group.dirs, group.tests
		checked, err := load.Check(ctx, cfg, c)
		if err != nil {
			return err
		}
		for _, c := range checked {
			r.diags.Add(verify.Errors(verify.Input{Fset: c.Fset, Files: c.Files, Types: c.Types, Errors: c.Errors, Imported: c.Imported}, outputs)...)
		}
	}
	return ctx.Err()
}

// rendered returns a configuration in which everything has been written, with the
// sources in which handlers have got other names, and what was planned for each file.
func (r *run) rendered(renamed map[string][]byte) (load.Config, map[string]verify.Output) {
	cfg := r.load
	cfg.Overlay = map[string][]byte{}
	maps.Copy(cfg.Overlay, r.load.Overlay)
	maps.Copy(cfg.Overlay, r.repaired)
	maps.Copy(cfg.Overlay, renamed)
	outputs := map[string]verify.Output{}
	for _, f := range r.files {
		if f.State == Orphaned {
			cfg.Overlay[f.Path] = placeholder(f)
			continue
		}
		cfg.Overlay[f.Path] = f.New
		if f.overlay != nil {
			cfg.Overlay[f.Path] = f.overlay
		}
		outputs[f.Path] = verify.Output{File: f.plan, Package: f.Package}
	}
	return cfg, outputs
}

// plain reports whether no file appears or changes whose build constraint might
// exclude it.
func (r *run) plain() bool {
	return !slices.ContainsFunc(r.files, func(f planned) bool {
		appears := f.State == Missing || f.State == Stale
		return appears && !strings.HasSuffix(f.Path, "_test.go") && !slices.Contains([]string{model.PlainFile, model.InPlaceFile}, filepath.Base(f.Path))
	})
}

// changed returns the directories to be verified: those whose files are not current, or
// have remote handlers, without and with test files.
func (r *run) changed() (plain, tests []string) {
	inTests := map[string]bool{}
	for _, f := range r.files {
		if f.State == Missing || f.State == Stale || f.State == Current && f.plan.Remote != "" {
			dir := filepath.Dir(f.Path)
			inTests[dir] = inTests[dir] || strings.HasSuffix(f.Path, "_test.go")
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(inTests)) {
		if inTests[dir] {
			tests = append(tests, dir)
		} else {
			plain = append(plain, dir)
		}
	}
	return plain, tests
}
