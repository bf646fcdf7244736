package generator

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/verify"
)

// verify type-checks what is about to change, together with the packages that
// it belongs to. Packages whose files are all current have been verified when
// they were written.
func (r *run) verify(ctx context.Context) error {
	cfg := r.load
	cfg.Overlay = maps.Clone(r.load.Overlay)
	if cfg.Overlay == nil {
		cfg.Overlay = map[string][]byte{}
	}
	maps.Copy(cfg.Overlay, r.repaired)
	outputs := map[string]verify.Output{}
	var dirs []string
	tests := false
	for _, f := range r.files {
		if f.State == Orphaned {
			cfg.Overlay[f.Path] = placeholder(f)
			continue
		}
		cfg.Overlay[f.Path] = f.New
		outputs[f.Path] = verify.Output{File: f.plan, Package: f.Package}
		if f.State != Current {
			dirs = append(dirs, filepath.Dir(f.Path))
			tests = tests || strings.HasSuffix(f.Path, "_test.go")
		}
	}
	if len(dirs) == 0 {
		return ctx.Err()
	}
	slices.Sort(dirs)
	checked, err := load.Check(ctx, cfg, slices.Compact(dirs), tests)
	if err != nil {
		return err
	}
	for _, c := range checked {
		r.diags.Add(verify.Errors(verify.Input{Fset: c.Fset, Files: c.Files, Errors: c.Errors}, outputs)...)
	}
	return ctx.Err()
}
