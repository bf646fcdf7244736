package main

import (
	"context"
	"fmt"
	"time"

	"github.com/asyncgen/asyncgen/internal/machine"
	"github.com/asyncgen/asyncgen/internal/turns"
)

// result is everything that was measured.
type result struct {
	Machine  machine.Machine
	Date     time.Time
	Took     time.Duration
	Packages int
	Handlers int

	Clean, Unchanged, Leaf, Root, Alone table
}

// table compares builds with the one of the same sources without an overlay.
type table struct {
	Rounds int
	Base   string
	Rows   []row
}

type row struct {
	Name  string
	Took  time.Duration
	Ratio turns.Ratio
}

// unchangedMost is the budget: what an unchanged build with the overlay may take, as a multiple of one without.
const unchangedMost = 1.10

// Most returns the budget.
func (*result) Most() float64 { return unchangedMost }

// Measured returns what is held against it.
func (r *result) Measured() float64 {
	for _, row := range r.Unchanged.Rows {
		if row.Name == names[with] {
			return row.Ratio.Median
		}
	}
	return 0
}

// Met reports whether the budget is kept.
func (r *result) Met() bool { return r.Measured() <= unchangedMost }

// names are what the page calls the copies.
var names = map[string]string{
	plain:   "`//asyncgen:bridge`, no overlay",
	without: "in place, without the overlay",
	with:    "in place, with the overlay",
	other:   "in place, with an overlay that changes nothing",
}

func (w *workshop) measureAll(ctx context.Context) (*result, error) {
	r := &result{Machine: w.machine, Date: time.Now(), Packages: w.packages, Handlers: (w.packages - 1) * verbs}
	leaf, root := fmt.Sprintf("p%03d", w.packages-2), "p000"
	for _, part := range []struct {
		what    string
		into    *table
		rounds  int
		prepare func(copy string) func() error
	}{
		{"clean builds", &r.Clean, max(w.rounds/3, 1), w.clean},
		{"unchanged builds", &r.Unchanged, 5 * w.rounds, func(string) func() error { return nil }},
		{"a change that concerns one package", &r.Leaf, w.rounds, func(copy string) func() error { return w.change(copy, leaf) }},
		{"a change that concerns all", &r.Root, max(w.rounds/3, 1), func(copy string) func() error { return w.change(copy, root) }},
	} {
		progress(part.what)
		var list []turns.Contender
		for _, copy := range []string{without, with, plain, other} {
			list = append(list, w.build(copy, part.prepare(copy)))
		}
		series, err := turns.Measure(ctx, turns.Plan{Rounds: part.rounds, Limit: 3 * time.Minute, Enough: 3}, list)
		if err != nil {
			return nil, err
		}
		*part.into = newTable(series, names[without], list)
	}
	var err error
	r.Alone, err = w.alone(ctx, leaf)
	r.Took = time.Since(r.Date)
	return r, err
}

func newTable(s turns.Series, base string, list []turns.Contender) table {
	t := table{Rounds: len(s[base]), Base: base}
	for _, c := range list {
		t.Rows = append(t.Rows, row{c.Name, s.Median(c.Name), s.To(c.Name, base)})
	}
	return t
}

// build is what somebody types who builds a copy.
func (w *workshop) build(copy string, prepare func() error) turns.Contender {
	command := "go build -o bin/ "
	switch copy {
	case with:
		command += `-overlay="$(asyncgen -overlay ./...)" `
	case other:
		command += `-overlay="` + w.otherOverlay() + `" `
	}
	return turns.Contender{Name: names[copy], Dir: w.at(copy), Env: w.env(copy), Prepare: prepare, Command: []string{"sh", "-c", command + "./..."}}
}

// alone measures asyncgen by itself, beside the question that it has to ask the go command if anything has changed.
func (w *workshop) alone(ctx context.Context, leaf string) (table, error) {
	progress("asyncgen by itself")
	c := func(name string, prepare func() error, command ...string) turns.Contender {
		return turns.Contender{Name: name, Dir: w.at(alone), Env: w.env(alone), Prepare: prepare, Command: command}
	}
	base := "`go list ./...`"
	list := []turns.Contender{
		c(base, nil, "go", "list", "./..."),
		c("`asyncgen -overlay ./...` after a change", w.change(alone, leaf), w.asyncgen, "-overlay", "./..."),
		c("`asyncgen -overlay ./...`, unchanged", func() error {
			return w.command(ctx, w.at(alone), w.env(alone), w.asyncgen, "-overlay", "./...")
		}, w.asyncgen, "-overlay", "./..."),
	}
	series, err := turns.Measure(ctx, turns.Plan{Rounds: w.rounds, Limit: time.Minute, Enough: 3}, list)
	if err != nil {
		return table{}, err
	}
	return newTable(series, base, list), nil
}
