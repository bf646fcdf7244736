package generator

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// Generate reads the packages that cfg names and returns what should be
// generated for them. It fails only when nothing could be loaded or ctx ended;
// problems in the code are in [Result.Diagnostics].
func Generate(ctx context.Context, cfg Config) (*Result, error) {
	r, err := newRun(cfg)
	if err != nil {
		return nil, err
	}
	if !cfg.NoVerify {
		r.ahead = load.LookAhead(ctx, r.load, r.patterns)
		defer r.ahead.Close()
	}
	if r.pkgs, err = load.Packages(ctx, r.load, r.patterns); err != nil {
		return nil, err
	}
	if err := r.generateAll(ctx); err != nil {
		return nil, err
	}
	if !cfg.NoVerify {
		if err := r.verify(ctx); err != nil {
			return nil, err
		}
	}
	return r.result(), ctx.Err()
}

// run is one call of Generate.
type run struct {
	load     load.Config
	patterns []string
	pkgs     []*load.Package
	ahead    *load.Ahead // nil without verification
	noVerify bool
	known    map[string]string // names of the packages of this run
	outside  outside           // packages that are not part of it, and aliases of all
	diags    diag.List
	repaired map[string][]byte // files that do not parse, made to
	files    []planned
	handlers []Handler
}

// planned is a file and what it was made from. The plan is empty for orphans.
type planned struct {
	File
	plan    model.File
	overlay []byte // what replaces it in builds with the overlay, if anything
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
		load:     load.Config{Dir: dir, Env: cfg.Env, Overlay: cfg.Overlay, Tags: cfg.Tags, Memory: cfg.Memory},
		patterns: cfg.Patterns,
		noVerify: cfg.NoVerify,
		repaired: map[string][]byte{},
	}
	if len(r.patterns) == 0 {
		r.patterns = []string{"."}
	}
	if cfg.NoVerify {
		r.load.Memory = "" // what is remembered is of use to verification alone
	}
	return r, nil
}

// outcome is what one package comes to.
type outcome struct {
	files    []planned
	problems []Diagnostic
	handlers []Handler
	repaired map[string][]byte
	err      error
}

// generateAll takes the packages through all stages but verification, several
// at a time: until then no package has to do with another one.
func (r *run) generateAll(ctx context.Context) error {
	r.known = map[string]string{}
	var pkgs []*load.Package
	for _, p := range r.pkgs {
		r.known[p.Path] = p.Name
		if p.Interesting() {
			pkgs = append(pkgs, p)
		}
	}
	outcomes := make([]outcome, len(pkgs))
	var group sync.WaitGroup
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, p := range pkgs {
		limit <- struct{}{}
		group.Go(func() {
			defer func() { <-limit }()
			outcomes[i] = r.generate(ctx, p)
		})
	}
	group.Wait()
	for _, o := range outcomes {
		if o.err != nil {
			return o.err
		}
		r.add(o)
	}
	return ctx.Err()
}

// add takes the outcome of a package into the result. A package with problems
// has handlers but no files.
func (r *run) add(o outcome) {
	maps.Copy(r.repaired, o.repaired)
	r.handlers = append(r.handlers, o.handlers...)
	r.diags.Add(o.problems...)
	if len(o.problems) == 0 {
		r.files = append(r.files, o.files...)
	}
}

// generate takes one package through all stages but verification. It runs at the
// same time for several packages, and changes nothing of r.
func (r *run) generate(ctx context.Context, p *load.Package) outcome {
	dir := directoryOf(p, r.known)
	dir.Elsewhere = func(path string) (parse.Directory, map[string]string) { return r.elsewhere(ctx, p, path) }
	dir.Aliases = func(path string) (map[string]bool, bool) { return r.aliases(ctx, p, path) }
	dir.Types = r.typesOf(ctx, p)
	tree := parse.Files(dir)
	names, exports, err := r.lookUp(ctx, p, tree.Needs())
	if err != nil {
		return outcome{err: err}
	}
	pkgs := tree.Build(names, exports)
	problems := tree.Diagnostics()
	var files []planned
	var handlers []Handler
	for _, m := range pkgs {
		more, found := r.render(p, m)
		files = append(files, more...)
		problems = append(problems, found...)
		handlers = append(handlers, list(m)...)
	}
	problems = append(problems, samePath(p, files)...)
	if len(problems) == 0 {
		files = append(files, orphans(p, files)...)
		problems = r.compare(p, files)
	}
	return outcome{files: files, problems: problems, handlers: handlers, repaired: tree.Repaired(), err: ctx.Err()}
}

func directoryOf(p *load.Package, known map[string]string) parse.Directory {
	d := parse.Directory{Path: p.Path, Dir: p.Dir, Module: p.Module, Known: known}
	for _, f := range p.Files {
		d.Files = append(d.Files, parse.Source{Path: f.Path, Src: f.Src, Err: f.Err, Owned: f.Owned, Marked: f.Marked})
	}
	return d
}

// lookUp asks the go command what syntax cannot tell. Usually there is nothing
// to ask.
func (r *run) lookUp(ctx context.Context, p *load.Package, needs parse.Needs) (map[string]string, map[string]map[string]bool, error) {
	cfg := r.load
	cfg.Dir = p.Dir
	var (
		names   map[string]string
		exports map[string]map[string]bool
		err     error
	)
	if len(needs.Names) > 0 {
		found, err := load.Find(ctx, cfg, needs.Names)
		if err != nil {
			return nil, nil, err
		}
		names = r.outside.add(found)
	}
	if len(needs.Exports) > 0 {
		exports, err = load.Exports(ctx, cfg, needs.Exports)
	}
	return names, exports, err
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
				Pos: h.Pos, Package: m.Path, Name: name, Mode: d.Mode.String(),
				Generated: names.Generated(h, d), Loop: names.LoopText(h, d), Remote: remoteOf(h, d),
			})
		}
	}
	return handlers
}

func remoteOf(h *model.Handler, d model.Directive) *Remote {
	if d.Remote == nil {
		return nil
	}
	return &Remote{Service: d.Remote.Service, Method: h.Name, Serial: d.Remote.Serial, Spawn: d.Remote.Spawn}
}

func (r *run) result() *Result {
	res := &Result{Diagnostics: r.diags.Sorted(), Handlers: r.handlers, dir: r.load.Dir}
	slices.SortStableFunc(res.Handlers, func(a, b Handler) int { return diag.ComparePositions(a.Pos, b.Pos) })
	for _, f := range r.files {
		res.Files = append(res.Files, f.File)
	}
	slices.SortFunc(res.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return res
}
