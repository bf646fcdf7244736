package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/asyncgen/asyncgen/internal/cache"
	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
)

// Generate reads the packages that cfg names and returns the files to generate
// for them. It fails only when nothing could be loaded, when a pattern matches a package
// outside of the main module or workspace ([OutsideError]), or when ctx ended;
// problems in the code are in [Result.Diagnostics].
func Generate(ctx context.Context, cfg Config) (*Result, error) {
	r, err := newRun(cfg)
	if err != nil {
		return nil, err
	}
	if len(cfg.Overlay) == 0 {
		r.cache = openPackageCache(cfg.CacheDir)
		defer r.cache.close()
	}
	if !cfg.SkipVerify {
		r.ahead = load.LookAhead(ctx, r.load, r.patterns)
		defer r.ahead.Close()
	}
	if r.pkgs, err = load.Packages(ctx, r.load, r.patterns); err != nil {
		return nil, err
	}
	if err := r.inside(); err != nil {
		return nil, err
	}
	if err := r.generateAll(ctx); err != nil {
		return nil, err
	}
	if !cfg.SkipVerify {
		if err := r.verify(ctx); err != nil {
			return nil, err
		}
	}
	return r.result(), ctx.Err()
}

// run is one call of Generate.
type run struct {
	load       load.Config
	patterns   []string
	cache      *packageCache // nil if nothing is cached
	pkgs       []*load.Package
	ahead      *load.Ahead // nil without verification
	unverified bool
	byPath     map[string]*load.Package // the packages of this run
	known      map[string]string        // their names
	outside    outside                  // packages that are not part of it, and aliases of all
	diags      diag.List
	repaired   map[string][]byte // files that do not parse, made to
	files      []planned
	handlers   []Handler
	vendoring  *load.Vendoring
	built      int // packages that did not come from the cache
}

// planned is a file with its plan. The plan is empty for orphans, and for files
// from the cache.
type planned struct {
	File
	plan    model.File
	overlay []byte // replaces the file in builds with the overlay
	name    string // package clause
}

func newRun(cfg Config) (*run, error) {
	dir, err := filepath.Abs(cmp.Or(cfg.Dir, "."))
	if err != nil {
		return nil, fmt.Errorf("working directory: %w", err)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("working directory: %w", err)
	}
	r := &run{
		load:       load.Config{Dir: dir, Env: cfg.Env, Overlay: cfg.Overlay, Tags: cfg.Tags, Cache: cache.Open(cfg.CacheDir)},
		patterns:   cfg.Patterns,
		unverified: cfg.SkipVerify,
		repaired:   map[string][]byte{},
	}
	if cfg.Progress != nil {
		r.load.Progress = func(p load.Progress) { cfg.Progress(Progress(p)) }
	}
	if len(r.patterns) == 0 {
		r.patterns = []string{"."}
	}
	if cfg.SkipVerify {
		r.load.Cache = nil // only verification needs export data
	}
	return r, nil
}

// inside returns an [*OutsideError] for the first package that lies outside of the main module
// or workspace.
func (r *run) inside() error {
	err := load.Inside(r.load, r.pkgs)
	if outside, ok := errors.AsType[*load.OutsideError](err); ok {
		return (*OutsideError)(outside)
	}
	return err
}

// list returns the handlers of a package.
func list(m *model.Package) []Handler {
	var handlers []Handler
	for _, h := range m.Handlers {
		name := h.Name
		if h.Recv != nil {
			name = h.Recv.Type + "." + h.Name
		}
		for _, d := range h.Directives {
			handlers = append(handlers, Handler{
				Pos: h.Pos, Package: m.Path, Name: name, Mode: Mode(d.Mode.String()), Generated: names.Generated(h, d), Front: frontOf(h),
				Loop: names.LoopText(h, d), GivenTo: names.LoopTaker(h, d), Key: d.Loop.Key.String(), Remote: remoteOf(h, d),
			})
		}
	}
	return handlers
}

func frontOf(h *model.Handler) string {
	if h.Front == nil {
		return ""
	}
	return h.Front.Name
}

func remoteOf(h *model.Handler, d model.Directive) *Remote {
	if d.Remote == nil {
		return nil
	}
	return &Remote{Service: d.Remote.Service, Method: h.Name, Serial: d.Remote.Serial != nil, Durable: d.Remote.Durable}
}

func (r *run) result() *Result {
	res := &Result{Diagnostics: published(r.diags.Sorted()), Handlers: r.handlers, dir: r.load.Dir, Vendoring: (*Vendoring)(r.vendoring), rendered: r.built}
	slices.SortStableFunc(res.Handlers, func(a, b Handler) int { return diag.ComparePositions(a.Pos, b.Pos) })
	for _, f := range r.files {
		res.Files = append(res.Files, f.File)
	}
	slices.SortFunc(res.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return res
}
