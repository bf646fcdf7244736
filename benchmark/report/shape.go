package report

import (
	"context"

	"github.com/asyncgen/asyncgen/benchmark"
	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
)

func runShapes(r *Result, e Effort) error {
	r.Shapes = Table{Callers: 1, Cancelable: true}
	return r.Shapes.measureShapes(e.Plan, benchmark.Shapes(), benchmark.Baseline, benchmark.Default)
}

func runSelfCalls(r *Result, e Effort) error {
	r.SelfCalls = Table{Callers: 1, Cancelable: true}
	return r.SelfCalls.measureShapes(e.Plan, benchmark.SelfCalls(), benchmark.Baseline, benchmark.Default)
}

func runMakings(r *Result, e Effort) error {
	r.Makings = Table{Callers: 1, Cancelable: true}
	return r.Makings.measureShapes(e.Plan, benchmark.Makings(), benchmark.Baseline)
}

func runFloors(r *Result, e Effort) error {
	r.Floors = Table{Callers: 1, Cancelable: true}
	return r.Floors.measureShapes(e.Plan, benchmark.Floors(), benchmark.Baseline)
}

// measureShapes fills the table with the shapes and, to compare them with, calls of
// some contenders.
func (t *Table) measureShapes(p measure.Plan, shapes []benchmark.Shape, beside ...string) error {
	var contenders []benchmark.Contender
	for _, name := range beside {
		contenders = append(contenders, benchmark.Named(name))
	}
	cases, end := t.cases(contenders, 0, plain)
	defer end()
	for _, s := range shapes {
		batch, end := s.Open()
		defer end()
		cases = append(cases, &measure.Case{Name: s.Name, Context: cases[0].Context, Callers: 1, Batch: batch})
	}
	return t.fill(p, cases)
}

func runGrowth(r *Result, e Effort) error {
	for _, name := range []string{benchmark.Default, benchmark.Inline} {
		for _, measured := range []func(string, Effort) (Growth, error){growthOfLoops, growthOfPast} {
			g, err := measured(name, e)
			if err != nil {
				return err
			}
			r.Growth = append(r.Growth, g)
		}
	}
	return nil
}

// growthOfLoops compares a call where its loop is the only one with a call where
// there are many.
func growthOfLoops(name string, e Effort) (Growth, error) {
	many := func() func() {
		others := make([]*loop.Loop, e.Others)
		for i := range others {
			others[i] = loop.New()
			_, _ = loop.Call(context.Background(), others[i], func(context.Context) (int, error) { return 0, nil })
		}
		return func() {
			for _, l := range others {
				_ = l.Close() // always nil
				<-l.Done()
			}
		}
	}
	return growth(name+": "+thousands(e.Others)+" other loops", name, e, 0, many)
}

// growthOfPast compares a call of a new loop with a call of one that has had many.
func growthOfPast(name string, e Effort) (Growth, error) {
	return growth(name+": "+thousands(e.Past)+" past calls", name, e, e.Past, nil)
}

// growth compares two loops of the named executor. The second one has had past
// calls, and before goes ahead of each of its turns.
func growth(what, name string, e Effort, past int, before func() func()) (Growth, error) {
	two := []benchmark.Contender{benchmark.Named(name), benchmark.Named(name)}
	t := Table{Callers: 1, Cancelable: true}
	cases, end := t.cases(two, 0, plain)
	defer end()
	if err := cases[1].Batch(cases[1].Context, 0, past); err != nil {
		return Growth{}, err
	}
	cases[1].Before = before
	series, err := measure.Rounds(e.Plan, cases)
	if err != nil {
		return Growth{}, err
	}
	return Growth{what, series[0].Nanos(), series[1].Nanos(), series[1].To(series[0])}, nil
}
