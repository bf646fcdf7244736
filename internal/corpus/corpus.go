package corpus

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Config says what to try with. Command and Checkout are absolute paths.
type Config struct {
	Command  string        // the asyncgen binary
	Checkout string        // this repository, for the runtime
	Tests    time.Duration // how long the tests of one package may take; 0 leaves them out
	Keep     bool          // leave the copy behind
	Note     func(string)  // hears of every stage before it starts
}

// Report is what happened to one module.
type Report struct {
	Module    string // path@version
	Functions int
	Bridges   int
	Renamed   int // bridges whose default name cannot be
	Stages    []Stage
	Before    map[string]int // complaints that the module had before, by stage
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
	ann    Annotation
	before map[string]complaints
}

// Try runs all stages on the module that query names, as "path" or
// "path@version". It stops at the first demand that is not met; the error says
// which.
func Try(ctx context.Context, cfg Config, query string) (Report, error) {
	m, err := download(ctx, query)
	if err != nil {
		return Report{Module: query}, err
	}
	t := &trial{Config: cfg, before: map[string]complaints{}}
	t.Report = Report{Module: m.Path + "@" + m.Version, Before: map[string]int{}}
	dir, err := os.MkdirTemp("", "asyncgen-corpus-*")
	if err != nil {
		return t.Report, fmt.Errorf("make room for a copy: %w", err)
	}
	if cfg.Keep {
		cfg.Note("the copy is in " + dir)
	} else {
		defer os.RemoveAll(dir)
	}
	if t.tree, err = unpack(ctx, m, cfg.Checkout, dir); err != nil {
		return t.Report, err
	}
	for _, s := range t.stages() {
		cfg.Note(t.Module + ": " + s.name)
		start := time.Now()
		err := s.do(ctx)
		t.Stages = append(t.Stages, Stage{s.name, time.Since(start)})
		if err != nil {
			return t.Report, fmt.Errorf("%s: %s: %w", t.Module, s.name, err)
		}
	}
	return t.Report, nil
}

type step struct {
	name string
	do   func(context.Context) error
}

// stages lists the steps. What the module has to say before anything is
// generated is asked after it was annotated, so that the lines of both answers
// agree, and tests that count lines fail in both.
func (t *trial) stages() []step {
	return []step{
		{"annotate", t.annotate},
		{"before", t.askBefore},
		{"generate", t.generate},
		{"bridges", t.demandBridges},
		{"gofmt", t.demandFormat},
		{"build", func(ctx context.Context) error { return t.demand(ctx, "build") }},
		{"vet", func(ctx context.Context) error { return t.demand(ctx, "vet") }},
		{"test", func(ctx context.Context) error { return t.demand(ctx, "test") }},
		{"again", t.demandNoChange},
		{"check", func(ctx context.Context) error { return t.asyncgen(ctx, "-check", "./...") }},
		{"remove", t.demandNoTrace},
	}
}

func (t *trial) annotate(context.Context) error {
	var err error
	t.ann, err = Annotate(t.dir)
	t.Functions = len(t.ann.Functions)
	for _, f := range t.ann.Functions {
		if f.Bridge != f.Name+"OnLoop" {
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

// The commands that may complain, and what of their words is the complaint.
var (
	anyLine  = regexp.MustCompile(`\S.*`)
	testLine = regexp.MustCompile(`--- FAIL: \S+|^FAIL\t\S+|\S+\.go:\d+:\d+: .*`)
)

func (t *trial) ask(ctx context.Context, what string) (complaints, error) {
	switch what {
	case "gofmt":
		files, err := sourceFiles(t.dir)
		if err != nil {
			return nil, err
		}
		out, err := t.output(ctx, "gofmt", append([]string{"-l"}, slices.Concat(slices.Collect(maps.Values(files))...)...)...)
		return complaintsIn(out), err
	case "test":
		if t.Tests == 0 {
			return nil, nil
		}
		return t.complain(ctx, testLine, "go", "test", "-short", "-timeout="+strconv.Itoa(int(t.Tests.Seconds()))+"s", "./...")
	}
	return t.complain(ctx, anyLine, "go", what, "./...")
}

func (t *trial) askBefore(ctx context.Context) error {
	for _, what := range []string{"gofmt", "build", "vet", "test"} {
		t.Note(t.Module + ": " + what + ", before")
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
	fresh := now.beyond(t.before[what])
	if what == "test" && len(fresh) > 0 {
		// Other people's tests are sometimes at odds with a busy machine.
		if now, err = t.ask(ctx, what); err != nil {
			return err
		}
		fresh = fresh.among(now)
	}
	if len(fresh) > 0 {
		return fmt.Errorf("%d new complaints:\n%s", len(fresh), fresh)
	}
	return nil
}

func (t *trial) demandFormat(ctx context.Context) error { return t.demand(ctx, "gofmt") }

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
