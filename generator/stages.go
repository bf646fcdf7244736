package generator

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// work is one package on its way through the stages before verification.
type work struct {
	pkg   *load.Package
	tree  *parse.Tree
	needs parse.Needs
	// Answers of the go command to needs.
	names   map[string]string
	exports map[string]map[string]bool
	facts   facts
	outcome
}

// outcome is the result of the stages for one package.
type outcome struct {
	files    []planned
	problems []diag.Diagnostic
	handlers []Handler
}

// generateAll takes the packages through all stages except verification, several
// at a time: the packages are independent of one another until then. One run of the go
// command looks up the names that all of them need.
func (r *run) generateAll(ctx context.Context) error {
	r.known, r.byPath = map[string]string{}, map[string]*load.Package{}
	var all []*work
	for _, p := range r.pkgs {
		r.known[p.Path], r.byPath[p.Path] = p.Name, p
		if p.Interesting() {
			all = append(all, &work{pkg: p})
		}
	}
	todo := r.cache.recall(ctx, r, all)
	r.built = len(todo)
	r.each("parsing", todo, func(w *work) { r.parse(ctx, w) })
	if err := r.lookUpAll(ctx, todo); err != nil {
		return err
	}
	r.each("generating", todo, r.build)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, w := range todo {
		r.cache.store(r, w)
		maps.Copy(r.repaired, w.tree.Repaired())
	}
	for _, w := range all {
		r.handlers = append(r.handlers, w.handlers...)
		r.diags.Add(w.problems...)
		if len(w.problems) == 0 {
			r.files = append(r.files, w.files...)
		}
	}
	return nil
}

// each calls fn for all packages, several at a time. step is the name of the step that is
// reported.
func (r *run) each(step string, list []*work, fn func(w *work)) {
	var group sync.WaitGroup
	var done atomic.Int64
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, w := range list {
		limit <- struct{}{}
		group.Go(func() {
			defer func() { <-limit }()
			fn(w)
			if r.load.Progress != nil {
				r.load.Progress(load.Progress{Step: step, Done: int(done.Add(1)), Total: len(list)})
			}
		})
	}
	group.Wait()
}

// parse reads the files of a package. Several packages are parsed at the same time, so
// it changes nothing of r.
func (r *run) parse(ctx context.Context, w *work) {
	w.pkg.Read(r.load.Overlay)
	dir := directoryOf(w.pkg, r.known)
	dir.Elsewhere = func(path string) (parse.Directory, map[string]string) { return r.elsewhere(ctx, w, path) }
	dir.Aliases = func(path string) (map[string]bool, bool) { return r.aliases(ctx, w, path) }
	dir.Types = r.typesOf(ctx, w)
	w.tree = parse.Files(dir)
	w.needs = w.tree.Needs()
}

// build makes the files of a package that has been parsed. Several packages are built at
// the same time, so it changes nothing of r.
func (r *run) build(w *work) {
	pkgs := w.tree.Build(w.names, w.exports)
	w.problems = w.tree.Diagnostics()
	for _, m := range pkgs {
		files, problems := r.render(w.pkg, m)
		w.files = append(w.files, files...)
		w.problems = append(w.problems, problems...)
		w.handlers = append(w.handlers, list(m)...)
	}
	w.problems = append(w.problems, samePath(w.pkg, w.files)...)
	if len(w.problems) == 0 {
		w.files = append(w.files, orphans(w.pkg, w.files)...)
		w.problems = r.compare(w.pkg, w.files)
	}
}

func directoryOf(p *load.Package, known map[string]string) parse.Directory {
	d := parse.Directory{Path: p.Path, Dir: p.Dir, Module: p.Module, Known: known}
	for _, f := range p.Files {
		d.Files = append(d.Files, parse.Source{Path: f.Path, Src: f.Src, Err: f.Err, Owned: f.Owned, Marked: f.Marked})
	}
	return d
}

// lookUpAll runs the go command for the facts that syntax does not show. Most packages
// need none.
func (r *run) lookUpAll(ctx context.Context, list []*work) error {
	type question struct{ names, exports []string }
	questions := map[string]*question{}
	for _, w := range list {
		dir := r.lookUpDir(w.pkg)
		if questions[dir] == nil {
			questions[dir] = &question{}
		}
		q := questions[dir]
		q.names, q.exports = append(q.names, w.needs.Names...), append(q.exports, w.needs.Exports...)
	}
	for _, dir := range slices.Sorted(maps.Keys(questions)) {
		q := questions[dir]
		names, exports, err := r.lookUp(ctx, dir, unique(q.names), unique(q.exports))
		if err != nil {
			return err
		}
		for _, w := range list {
			if r.lookUpDir(w.pkg) == dir {
				w.names, w.exports = only(names, w.needs.Names), only(exports, w.needs.Exports)
			}
		}
	}
	return ctx.Err()
}

// lookUpDir returns the working directory for resolving the imports of a
// package. With modules, the working directory gives the same answers for all packages.
func (r *run) lookUpDir(p *load.Package) string {
	if p.Module == "" {
		return p.Dir
	}
	return r.load.Dir
}

func (r *run) lookUp(ctx context.Context, dir string, names, exports []string) (named map[string]string, exported map[string]map[string]bool, err error) {
	cfg := r.load
	cfg.Dir = dir
	if len(names) > 0 {
		found, err := load.Find(ctx, cfg, names)
		if err != nil {
			return nil, nil, err
		}
		named = r.outside.add(found)
	}
	if len(exports) > 0 {
		exported, err = load.Exports(ctx, cfg, exports)
	}
	return named, exported, err
}

// only returns the part of an answer that a package needs. The rest must not matter: the
// output for a package does not depend on the other packages of the run.
func only[T any](answer map[string]T, paths []string) map[string]T {
	part := map[string]T{}
	for _, path := range paths {
		if x, ok := answer[path]; ok {
			part[path] = x
		}
	}
	return part
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
