package corpus

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Config says what to try with. Command and Checkout are absolute paths.
type Config struct {
	Command  string        // the asyncgen binary
	Checkout string        // this repository, for the runtime
	TestTime time.Duration // how long the tests of one package may take; 0 leaves them out
	Keep     bool          // leave the copy behind
	InPlace  bool          // bridge what is exported in place, and build with the overlay
	Switch   bool          // have the bridges that are there take the place of their handlers
	Race     bool          // run tests with the race detector
	Note     func(string)  // hears of every stage when it starts and when it ends
}

// Report is what happened to one module.
type Report struct {
	Module    string // path@version
	Functions int
	Bridges   int
	Renamed   int // bridges whose default name cannot be
	Tests     Tests
	Stages    []Stage
	Before    map[string]int // complaints that the module had before, by command
	Failed    string         // the stage that failed
}

// Stage is one step and how long it took.
type Stage struct {
	Name string
	Took time.Duration
}

// trial is one run over one module.
type trial struct {
	Config
	tree
	Report
	ann     Annotation
	before  map[string]complaints
	results results // of the module's own tests, before
	overlay string  // the file for the go command
}

// Try runs all stages on the module that query names, as "path" or
// "path@version". It stops at the first demand that is not met; the error says
// which.
func Try(ctx context.Context, cfg Config, query string) (Report, error) {
	t := &trial{Config: cfg, before: map[string]complaints{}}
	t.Report = Report{Module: query, Before: map[string]int{}}
	dir, err := os.MkdirTemp("", "asyncgen-corpus-*")
	if err != nil {
		return t.Report, fmt.Errorf("make room for a copy: %w", err)
	}
	if cfg.Keep {
		cfg.Note("the copy is in " + dir)
	} else {
		defer os.RemoveAll(dir)
	}
	// What tests leave behind in the directory for temporary files goes too.
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o750); err != nil {
		return t.Report, fmt.Errorf("make room for a copy: %w", err)
	}
	t.tree = tree{dir: filepath.Join(dir, "module"), env: append(environment(), "TMPDIR="+temp), race: cfg.Race}
	for _, s := range t.stages() {
		if err := t.stage(ctx, s); err != nil {
			t.Failed = s.name
			return t.Report, fmt.Errorf("%s: %s: %w", t.Module, s.name, err)
		}
	}
	return t.Report, nil
}

// stage takes one step and notes the time.
func (t *trial) stage(ctx context.Context, s step) error {
	t.Note(t.Module + ": " + s.name)
	start := time.Now()
	err := s.do(ctx)
	took := time.Since(start)
	t.Stages = append(t.Stages, Stage{s.name, took})
	t.Note(fmt.Sprintf("%s: %s took %.1fs", t.Module, s.name, took.Seconds()))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("not finished: %w", context.Cause(ctx))
	}
	return err
}

type step struct {
	name string
	do   func(context.Context) error
}

// stages lists the steps. What the module has to say before anything is
// generated is asked after it was annotated, so that the lines of both answers
// agree, and tests that count lines fail in both.
func (t *trial) stages() []step {
	switch {
	case t.Switch:
		return t.stagesSwitched()
	case t.InPlace:
		return t.stagesInPlace()
	}
	command := func(what string) func(context.Context) error {
		return func(ctx context.Context) error { return t.demand(ctx, what) }
	}
	return []step{
		{"unpack", t.unpack},
		{"annotate", t.annotate},
		{"before", t.askBefore},
		{"tests before", t.testBefore},
		{"generate", t.generate},
		{"bridges", t.demandBridges},
		{"gofmt", command("gofmt")},
		{"build", command("build")},
		{"vet", command("vet")},
		{"tests", t.demandTests},
		{"again", t.demandNoChange},
		{"check", func(ctx context.Context) error { return t.asyncgen(ctx, "-check", "./...") }},
		{"remove", t.demandNoTrace},
	}
}

func (t *trial) unpack(ctx context.Context) error {
	m, err := download(ctx, t.Module)
	if err != nil {
		return err
	}
	t.Module = m.Path + "@" + m.Version
	return t.tree.unpack(ctx, m, t.Checkout)
}

func (t *trial) annotate(context.Context) error {
	var err error
	t.ann, err = annotate(t.dir, t.InPlace)
	t.Functions = len(t.ann.Functions)
	for _, f := range t.ann.Functions {
		if !t.InPlace && f.Bridge != f.Name+"OnLoop" {
			t.Renamed++
		}
	}
	if err == nil && t.Functions == 0 {
		err = fmt.Errorf("there is no function in %s", t.Module)
	}
	return err
}

func (t *trial) generate(ctx context.Context) error { return t.asyncgen(ctx, "./...") }

func (t *trial) asyncgen(ctx context.Context, args ...string) error {
	_, err := t.output(ctx, t.Command, args...)
	return err
}

// ask runs a command that may complain.
func (t *trial) ask(ctx context.Context, what string) (complaints, error) {
	if what != "gofmt" {
		return t.complain(ctx, "go", what, "./...")
	}
	files, err := sourceFiles(t.dir)
	if err != nil {
		return nil, err
	}
	return t.complain(ctx, "gofmt", append([]string{"-l"}, slices.Concat(slices.Collect(maps.Values(files))...)...)...)
}

func (t *trial) askBefore(ctx context.Context) error {
	for _, what := range []string{"gofmt", "build", "vet"} {
		list, err := t.ask(ctx, what)
		if err != nil {
			return err
		}
		t.before[what], t.Before[what] = list, len(list)
	}
	return nil
}

// demand fails if a command complains about anything it did not complain about
// before.
func (t *trial) demand(ctx context.Context, what string) error {
	now, err := t.ask(ctx, what)
	if err != nil {
		return err
	}
	if fresh := now.beyond(t.before[what]); len(fresh) > 0 {
		return fmt.Errorf("%d new complaints:\n%s", len(fresh), fresh)
	}
	return nil
}

// demandNoChange runs asyncgen again and compares the trees.
func (t *trial) demandNoChange(ctx context.Context) error {
	before, err := snapshot(t.dir)
	if err != nil {
		return err
	}
	if err := t.generate(ctx); err != nil {
		return err
	}
	return before.same(t.dir)
}

// demandNoTrace removes the directives and expects the output to follow.
func (t *trial) demandNoTrace(ctx context.Context) error {
	if err := t.ann.Remove(); err != nil {
		return err
	}
	if err := t.generate(ctx); err != nil {
		return err
	}
	left, err := generatedFiles(t.dir)
	if err == nil && len(left) > 0 {
		rel, _ := filepath.Rel(t.dir, left[0])
		err = fmt.Errorf("%d generated files are left, %s for one", len(left), rel)
	}
	return err
}
