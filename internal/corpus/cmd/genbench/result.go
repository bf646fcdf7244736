package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/asyncgen/asyncgen/internal/corpus"
	"github.com/asyncgen/asyncgen/internal/machine"
	"github.com/asyncgen/asyncgen/internal/turns"
)

// result holds all measurements.
type result struct {
	Machine machine.Machine
	Date    time.Time
	Took    time.Duration

	Moq     string // version
	Small   table
	Thirty  table
	Large   *large // nil if it was left out
	Memory  memory
	Compile compiled
}

// table compares contenders with one of them.
type table struct {
	Rounds int
	Base   string
	Rows   []row

	series turns.Series
}

type row struct {
	Name  string
	Took  time.Duration
	Ratio turns.Ratio
}

func newTable(s turns.Series, base string, list []turns.Contender) table {
	t := table{Rounds: len(s[base]), Base: base, series: s}
	for _, c := range list {
		t.Rows = append(t.Rows, row{c.Name, s.Median(c.Name), s.To(c.Name, base)})
	}
	return t
}

// Median returns the median time of a contender.
func (t table) Median(name string) time.Duration { return t.series.Median(name) }

// To compares any two contenders of the table.
func (t table) To(name, other string) turns.Ratio { return t.series.To(name, other) }

// large is a published module with every function annotated.
type large struct {
	Module     string
	Functions  int
	Cold       time.Duration
	ColdRounds int
	Again      table // with all output there
}

// memory holds peaks of resident memory, in bytes.
type memory struct{ Few, Many, All int64 }

// The names of the contenders on the page.
const (
	verified  = "asyncgen"
	emptied   = "asyncgen, empty cache"
	noVerify  = "`asyncgen -noverify`"
	moq       = "moq"
	listOne   = "`go list`"
	findOne   = "`go list -find`, as asyncgen runs it"
	listDeep  = "`go list -export` of the imports, as asyncgen runs it"
	listDeps  = "`go list -deps -export`"
	all       = "`asyncgen ./...`, nothing generated yet"
	unchanged = "`asyncgen ./...`, unchanged"
	check     = "`asyncgen -check ./...`, unchanged"
	checkOff  = "`asyncgen -check ./...`, unchanged, without the cache"
	findAll   = "`go list -find ./...`, as asyncgen runs it"
	listAll   = "`go list ./...`"
)

// measureAll takes at most five minutes on a machine that is not much slower than
// the one it was written on.
func (w *workshop) measureAll(ctx context.Context, module string) (*result, error) {
	r := &result{Machine: machine.Describe(), Date: time.Now(), Moq: moqVersion}
	var err error
	progress("a small package")
	if r.Small, err = w.compare(ctx, moq, w.smallContenders()); err != nil {
		return nil, err
	}
	progress("30 packages")
	if r.Thirty, err = w.compare(ctx, listAll, w.treeContenders("thirty")); err != nil {
		return nil, err
	}
	progress("memory")
	if r.Memory, err = w.memory(ctx); err != nil {
		return nil, err
	}
	progress("builds")
	if r.Compile, err = w.compile(ctx); err != nil {
		return nil, err
	}
	if module != "" {
		progress(module)
		if r.Large, err = w.large(ctx, module); err != nil {
			return nil, err
		}
	}
	r.Took = time.Since(r.Date)
	return r, nil
}

func (w *workshop) compare(ctx context.Context, base string, list []turns.Contender) (table, error) {
	s, err := turns.Measure(ctx, turns.Plan{Rounds: w.rounds, Limit: 45 * time.Second, Enough: 3}, list)
	if err != nil {
		return table{}, err
	}
	return newTable(s, base, list), nil
}

func (w *workshop) smallContenders() []turns.Contender {
	dir := filepath.Join(w.dir, "small")
	export := []string{"go", "list", "-e", "-export", "-json=ImportPath,Dir,Standard,Export,Imports,Module,Error", "--"}
	deps := []string{"go", "list", "-deps", "-export", "-json=ImportPath,Export", "./..."}
	return []turns.Contender{
		{Name: verified, Dir: dir, Command: []string{w.asyncgen}, Prepare: clean(dir)},
		{Name: emptied, Dir: dir, Command: []string{w.asyncgen}, Prepare: w.emptyCache(clean(dir))},
		{Name: noVerify, Dir: dir, Command: []string{w.asyncgen, "-noverify"}, Prepare: clean(dir)},
		{Name: moq, Dir: dir, Command: []string{w.moq, "-out", "moq_gen.go", ".", "Store"}, Prepare: clean(dir)},
		{Name: listOne, Dir: dir, Command: []string{"go", "list"}, Prepare: clean(dir)},
		{Name: findOne, Dir: dir, Command: find("."), Prepare: clean(dir), Env: ownEnvironment()},
		{Name: listDeep, Dir: dir, Command: append(export, smallImports()...), Prepare: clean(dir), Env: ownEnvironment()},
		{Name: listDeps, Dir: dir, Command: deps, Prepare: clean(dir)},
	}
}

// treeContenders work on a whole module. In the first round its output appears,
// and those that want it unchanged find it from then on.
func (w *workshop) treeContenders(name string) []turns.Contender {
	dir := filepath.Join(w.dir, name)
	return append([]turns.Contender{
		{Name: all, Dir: dir, Command: []string{w.asyncgen, "./..."}, Prepare: clean(dir)},
	}, w.unchangedContenders(dir)...)
}

func (w *workshop) unchangedContenders(dir string) []turns.Contender {
	return []turns.Contender{
		{Name: unchanged, Dir: dir, Command: []string{w.asyncgen, "./..."}},
		{Name: check, Dir: dir, Command: []string{w.asyncgen, "-check", "./..."}},
		{Name: checkOff, Dir: dir, Command: []string{w.asyncgen, "-check", "./..."}, Env: []string{"ASYNCGENCACHE=off"}},
		{Name: findAll, Dir: dir, Command: find("./..."), Env: ownEnvironment()},
		{Name: listAll, Dir: dir, Command: []string{"go", "list", "./..."}},
	}
}

// find is the go command that every run of asyncgen starts.
func find(pattern string) []string {
	return []string{"go", "list", "-e", "-find", "-json=ImportPath,Name,Dir,Match,Standard,GoFiles,CgoFiles,InvalidGoFiles,Module,Error", "--", pattern}
}

// ownEnvironment has the variables that asyncgen adds to the environment of the go command.
func ownEnvironment() []string { return []string{"GOGC=400"} }

// large measures a published module with every function annotated. Generating for all
// functions takes too long for many rounds.
func (w *workshop) large(ctx context.Context, module string) (*large, error) {
	dir := filepath.Join(w.dir, "large")
	functions, err := corpus.Unpack(ctx, module, w.checkout, dir)
	if err != nil {
		return nil, err
	}
	l := &large{Module: module, Functions: functions}
	cold, err := turns.Measure(ctx, turns.Plan{Rounds: min(w.rounds, 3), Limit: 45 * time.Second, Enough: 1}, []turns.Contender{
		{Name: all, Dir: dir, Command: []string{w.asyncgen, "./..."}, Prepare: clean(dir)},
	})
	if err != nil {
		return nil, err
	}
	l.Cold, l.ColdRounds = cold.Median(all), len(cold[all])
	l.Again, err = w.compare(ctx, listAll, w.unchangedContenders(dir))
	return l, err
}

// memory measures modules with one annotated package, and with annotated packages only.
func (w *workshop) memory(ctx context.Context) (memory, error) {
	var m memory
	for name, most := range map[string]*int64{"few": &m.Few, "many": &m.Many, "all": &m.All} {
		dir := filepath.Join(w.dir, name)
		c := turns.Contender{Name: name, Dir: dir, Command: []string{w.asyncgen, "./..."}, Prepare: clean(dir)}
		var peaks []int64
		for range min(w.rounds, 3) + 1 { // the first one warms caches
			p, err := peak(ctx, c)
			if err != nil {
				return m, err
			}
			peaks = append(peaks, p)
		}
		*most = turns.Quantile(peaks[1:], 0.5)
	}
	return m, nil
}
