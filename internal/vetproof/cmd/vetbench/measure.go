package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/analysis"
)

// result is what was measured, in medians of the rounds.
type result struct {
	Written, Generated int // lines
	Rounds             int
	Load               time.Duration // of the package and all that it imports, with their types
	Names              []string      // the checks, in the order of their codes
	Check              map[string]time.Duration
	// Shared is what several checks need: where functions run, an index of the syntax.
	Shared time.Duration
	Total  time.Duration
}

// measure runs the checks on the package in dir.
func measure(ctx context.Context, dir string, rounds int) (*result, error) {
	r := &result{Rounds: rounds, Check: map[string]time.Duration{}}
	for _, a := range analysis.All() {
		r.Names = append(r.Names, a.Name)
	}
	var load, shared, total []time.Duration
	check := map[string][]time.Duration{}
	for range rounds {
		before := time.Now()
		pkgs, err := packages.Load(&packages.Config{Context: ctx, Mode: packages.LoadAllSyntax | packages.NeedModule, Dir: dir}, ".")
		if err != nil {
			return nil, err
		}
		load = append(load, time.Since(before))
		once, err := analyze(pkgs)
		if err != nil {
			return nil, err
		}
		rest, sum := time.Duration(0), time.Duration(0)
		for name, d := range once {
			sum += d
			if slices.Contains(r.Names, name) {
				check[name] = append(check[name], d)
			} else {
				rest += d
			}
		}
		shared, total = append(shared, rest), append(total, sum)
	}
	r.Load, r.Shared, r.Total = median(load), median(shared), median(total)
	for _, name := range r.Names {
		r.Check[name] = median(check[name])
	}
	return r, nil
}

// analyze returns how long each analyzer took in the package itself. The packages that
// it imports are looked at for facts, which a driver keeps.
func analyze(pkgs []*packages.Package) (map[string]time.Duration, error) {
	// One at a time: two cores would make each look slower than it is.
	graph, err := checker.Analyze(analysis.All(), pkgs, &checker.Options{Sequential: true})
	if err != nil {
		return nil, err
	}
	took := map[string]time.Duration{}
	for a := range graph.All() {
		if a.Package != pkgs[0] {
			continue
		}
		if a.Err != nil {
			return nil, fmt.Errorf("%s: %w", a.Analyzer.Name, a.Err)
		}
		for _, d := range a.Diagnostics {
			return nil, fmt.Errorf("%s: the program is meant to be right: %s", a.Package.Fset.Position(d.Pos), d.Message)
		}
		took[a.Analyzer.Name] += a.Duration
	}
	return took, nil
}

func median(list []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

// slowest returns the check that took the longest, and what several need counted to it.
func (r *result) slowest() (string, time.Duration) {
	name := slices.MaxFunc(slices.Collect(maps.Keys(r.Check)), func(a, b string) int { return int(r.Check[a] - r.Check[b]) })
	return name, r.Check[name] + r.Shared
}
