package report

import (
	"fmt"
	"math"
	"time"

	"github.com/asyncgen/asyncgen/benchmark"
)

// A Budget is a bound that was set before the measurement.
type Budget struct {
	What     string
	Limit    float64
	AtLeast  bool // the limit is a lower bound
	Measured float64
	Format   string // of both numbers
}

// Met reports whether the measured value keeps to the bound.
func (b Budget) Met() bool {
	if b.AtLeast {
		return b.Measured >= b.Limit
	}
	return b.Measured <= b.Limit
}

// Bound is the limit in words.
func (b Budget) Bound() string {
	if b.AtLeast {
		return "at least " + fmt.Sprintf(b.Format, b.Limit)
	}
	return "at most " + fmt.Sprintf(b.Format, b.Limit)
}

// Value is the measured value in the format of the bound.
func (b Budget) Value() string { return fmt.Sprintf(b.Format, b.Measured) }

// rareAllocs is what none means: one allocation in twenty calls. A collection
// empties the pools, and whatever else lives in the process is counted too.
const rareAllocs = 0.05

// budgets compares the result with all bounds. Where a bound holds for several
// tables, the worst of them counts.
func budgets(r *Result) []Budget {
	many := benchmark.Accounts
	all := []int{1, many}
	none := func(name string) Budget {
		return Budget{What: "allocations of a call, " + name, Measured: worst(r.Calls, all, func(t Table) float64 {
			return t.row(name).Allocs
		}), Limit: rareAllocs, Format: "%.2f"}
	}
	return append([]Budget{
		{"default ÷ hand-written, 1 caller", 0.70, false, worst(r.Calls, all[:1], ratio(benchmark.Default)), "%.2f"},
		{"default ÷ hand-written, 64 callers", 0.60, false, worst(r.Calls, all[1:], ratio(benchmark.Default)), "%.2f"},
		{"WithInline ÷ hand-written, 1 caller", 0.08, false, worst(r.Calls, all[:1], ratio(benchmark.Inline)), "%.3f"},
		{"WithInline ÷ hand-written, 64 callers", 0.10, false, worst(r.Calls, all[1:], ratio(benchmark.Inline)), "%.3f"},
		none(benchmark.Default), none(benchmark.Inline), none(benchmark.Thread),
		{"protoactor-go ÷ default", 5, true, -worst(r.Calls, all, slower(benchmark.Protoactor)), "%.1f"},
		{"goja_nodejs/eventloop ÷ default", 1.5, true, -worst(r.Calls, all, slower(benchmark.Goja)), "%.1f"},
		{"WithThread ÷ default, 64 callers", 3, false, worst(r.Calls, all[1:], func(t Table) float64 {
			return t.row(benchmark.Thread).series.To(t.row(benchmark.Default).series).Median
		}), "%.1f"},
	}, growthBudgets(r)...)
}

// growthBudgets are the bounds on what must not grow. The limits leave room for
// noise only.
func growthBudgets(r *Result) []Budget {
	var all []Budget
	for _, g := range r.Growth {
		all = append(all, Budget{"cost of a call with ÷ without, " + g.What, 1.10, false, g.Ratio.Median, "%.2f"})
	}
	for i := 1; i < len(r.Blocked); i++ {
		small, large := r.Blocked[i-1], r.Blocked[i]
		if small.Name != large.Name || small.Name != benchmark.Default {
			continue
		}
		what := fmt.Sprintf("per caller, %s ÷ %s blocked", thousands(large.Callers), thousands(small.Callers))
		all = append(all,
			Budget{"release " + what, 2, false, quotient(large.Release, small.Release), "%.1f"},
			Budget{"cancel " + what, 2, false, quotient(large.Cancel, small.Cancel), "%.1f"})
	}
	return all
}

func quotient(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

// worst returns the largest value that of has for the tables with these numbers of
// callers.
func worst(tables []Table, callers []int, of func(Table) float64) float64 {
	largest := math.Inf(-1)
	for _, t := range tables {
		for _, n := range callers {
			if t.Callers == n {
				largest = max(largest, of(t))
			}
		}
	}
	return largest
}

// ratio returns the ratio of a contender to the hand-written bridge.
func ratio(name string) func(Table) float64 {
	return func(t Table) float64 { return t.row(name).Ratio.Median }
}

// slower returns, negated, how many times as long as a call of the default executor
// one of the named contender takes: then the smallest is the worst.
func slower(name string) func(Table) float64 {
	return func(t Table) float64 {
		return -t.row(name).series.To(t.row(benchmark.Default).series).Median
	}
}
