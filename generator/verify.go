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

// verify type-checks the files that change, together with the packages that they
// belong to. A package whose files are all current was verified when they were
// written. Packages with remote handlers are the exception, because a type of another
// package may have gained a field that is not serializable.
func (r *run) verify(ctx context.Context) error {
	dirs, tests := r.changed()
	if len(dirs) == 0 {
		return ctx.Err()
	}
	cfg, outputs := r.rendered(r.renamed())
	c := load.Checking{Dirs: dirs, Tests: tests, Changed: dirs, Run: r.pkgs, Plain: r.plain(), Ahead: r.ahead}
	for _, f := range r.files {
		if f.State == StateOrphaned {
			c.Changed = append(c.Changed, filepath.Dir(f.Path))
		}
	}
	checked, err := load.Check(ctx, cfg, c)
	if err != nil {
		return err
	}
	for _, c := range checked {
		r.explain(c, outputs)
	}
	return ctx.Err()
}

// explain adds the diagnostics for the type errors of one package.
func (r *run) explain(c load.Checked, outputs map[string]verify.Output) {
	in := verify.Input{Fset: c.Fset, Files: c.Files, Types: c.Types, Errors: c.Errors, Imported: c.Imported}
	if v := c.Vendoring; v != nil {
		r.vendoring = v
		if v.Unverified {
			in.Unvendored = v.Missing
		}
	}
	r.diags.Add(verify.Errors(in, outputs)...)
}

// rendered returns a configuration whose overlay holds all generated files and the
// sources with renamed handlers, and the plan of each generated file.
func (r *run) rendered(renamed map[string][]byte) (load.Config, map[string]verify.Output) {
	cfg := r.load
	cfg.Overlay = map[string][]byte{}
	maps.Copy(cfg.Overlay, r.load.Overlay)
	maps.Copy(cfg.Overlay, r.repaired)
	maps.Copy(cfg.Overlay, renamed)
	outputs := map[string]verify.Output{}
	for _, f := range r.files {
		if f.State == StateOrphaned {
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

// plain reports whether every file that appears or changes belongs to its package in
// every build configuration.
func (r *run) plain() bool {
	return !slices.ContainsFunc(r.files, func(f planned) bool {
		appears := f.State == StateMissing || f.State == StateStale
		return appears && !strings.HasSuffix(f.Path, "_test.go") && !slices.Contains([]string{model.PlainFile, model.InPlaceFile}, filepath.Base(f.Path))
	})
}

// changed returns the directories to verify: those with files that are not current, or
// with remote handlers. The second list holds the ones among them whose test files change;
// loading test variants takes long, so the others are loaded without.
func (r *run) changed() (dirs, tests []string) {
	inTests := map[string]bool{}
	for _, f := range r.files {
		if f.State == StateMissing || f.State == StateStale || f.State == StateCurrent && f.plan.Remote != "" {
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
