package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/asyncgen/asyncgen/benchmark"
)

// A Budget is a bound that was set before the measurement.
type Budget struct {
	What     string
	Limit    float64
	AtLeast  bool // the limit is a lower bound
	Measured float64
	Format   string // of all numbers
	// Floor is the figure of the minimal exchange with sleeping callers in the same
	// rounds, see benchmark.Floor; 0 if it does not apply to this bound.
	Floor float64
}

// Met reports whether the measured value keeps to the bound.
func (b Budget) Met() bool {
	if b.AtLeast {
		return b.Measured >= b.Limit
	}
	return b.Measured <= b.Limit
}

// Bound returns the limit as text.
func (b Budget) Bound() string {
	if b.AtLeast {
		return "at least " + fmt.Sprintf(b.Format, b.Limit)
	}
	return "at most " + fmt.Sprintf(b.Format, b.Limit)
}

// Value is the measured value in the format of the bound.
func (b Budget) Value() string { return fmt.Sprintf(b.Format, b.Measured) }

// Least is the floor in the format of the bound, or nothing.
func (b Budget) Least() string {
	if b.Floor == 0 {
		return ""
	}
	return fmt.Sprintf(b.Format, b.Floor)
}

// rareAllocs is the tolerance of limits on allocations: one in twenty calls. A
// collection empties the pools, and the count includes the rest of the process.
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
		toHandWritten(r, benchmark.Default, 1, 0.70, "%.2f"),
		toHandWritten(r, benchmark.Default, many, 0.60, "%.2f"),
		toHandWritten(r, benchmark.Inline, 1, 0.08, "%.3f"),
		toHandWritten(r, benchmark.Inline, many, 0.10, "%.3f"),
		none(benchmark.Default), none(benchmark.Inline), none(benchmark.Thread),
		toDefault(r, benchmark.Protoactor, 5), toDefault(r, benchmark.Goja, 1.5),
		{What: "WithThread ÷ default, 64 callers", Limit: 3, Format: "%.1f", Measured: worst(r.Calls, all[1:],
			func(t Table) float64 { return t.quotient(benchmark.Thread, benchmark.Default) })},
		{
			What: "element of a stream ÷ default, 1 caller", Limit: 0.10, Format: "%.3f",
			Measured: r.Shapes.quotient(benchmark.StreamElement, benchmark.Default),
		},
	}, slices.Concat(selfCallBudgets(r), allocBudgets(r), makingBudgets(r), growthBudgets(r))...)
}

// selfCallBudgets are the bounds on calls of the own loop. The worst depth counts.
func selfCallBudgets(r *Result) []Budget {
	var all []Budget
	for _, kind := range []string{benchmark.SelfCallWith, benchmark.SelfCallInPlace} {
		names := benchmark.SelfCallsOf(kind)
		all = append(all,
			Budget{
				What: "a self-call, " + kind, Limit: 100, Format: "%.0f ns",
				Measured: r.SelfCalls.worst(names, func(row Row) float64 { return row.Nanos }),
			},
			Budget{
				What: "a self-call, " + kind + " ÷ hand-written", Limit: 0.20, Format: "%.2f",
				Measured: r.SelfCalls.worst(names, func(row Row) float64 { return row.Ratio.Median }),
			})
	}
	return append(all, Budget{
		What: "a level of a recursion, depth 10,000 ÷ depth 10", Limit: 2, Format: "%.1f",
		Measured: r.SelfCalls.quotient(benchmark.DeepRecursion, benchmark.ShallowRecursion),
	})
}

// allocBudgets are the bounds on calls whose callers do not wait.
func allocBudgets(r *Result) []Budget {
	return []Budget{
		{
			What: "allocations of Spawn", Limit: 2 + rareAllocs, Format: "%.2f",
			Measured: r.Shapes.row(benchmark.Spawned).Allocs,
		},
		{
			What: "allocations of Go, without Await", Limit: 3 + rareAllocs, Format: "%.2f",
			Measured: r.Shapes.row(benchmark.Started).Allocs,
		},
	}
}

// makingBudgets are the bounds on a loop that has had no call yet. The worst executor counts.
func makingBudgets(r *Result) []Budget {
	names := benchmark.BoundMakings()
	return []Budget{
		{
			What: "a loop until its first call, time", Limit: 2, Format: "%.1f µs",
			Measured: r.Makings.worst(names, func(row Row) float64 { return row.Nanos / 1000 }),
		},
		{
			What: "a loop until its first call, memory", Limit: 1536, Format: "%.0f bytes",
			Measured: r.Makings.worst(names, func(row Row) float64 { return row.Bytes }),
		},
	}
}

// toHandWritten is the bound on the time of a call through an executor, compared with
// the hand-written bridge.
func toHandWritten(r *Result, name string, callers int, limit float64, format string) Budget {
	what := fmt.Sprintf("%s ÷ hand-written, %d caller", name, callers)
	if callers > 1 {
		what += "s"
	}
	t := worstTable(r.Calls, []int{callers}, ratio(name))
	b := Budget{What: what, Limit: limit, Measured: ratio(name)(t), Format: format}
	if name == benchmark.Default { // the callers of the other one do not sleep
		b.Floor = ratio(benchmark.Floor)(t)
	}
	return b
}

// toDefault is the bound on how much longer a library takes than the default
// executor. The smallest quotient is the worst.
func toDefault(r *Result, name string, limit float64) Budget {
	t := worstTable(r.Calls, callerCounts, func(t Table) float64 { return -t.quotient(name, benchmark.Default) })
	return Budget{
		What: name + " ÷ default", Limit: limit, AtLeast: true, Format: "%.1f",
		Measured: t.quotient(name, benchmark.Default), Floor: t.quotient(name, benchmark.Floor),
	}
}

// growthBudgets returns the bounds on figures that must not grow. The limits leave
// room for noise only.
func growthBudgets(r *Result) []Budget {
	var all []Budget
	for _, g := range r.Growth {
		all = append(all, Budget{
			What:  "cost of a call with ÷ without, " + g.What,
			Limit: 1.10, Measured: g.Ratio.Median, Format: "%.2f",
		})
	}
	for i := 1; i < len(r.Blocked); i++ {
		small, large := r.Blocked[i-1], r.Blocked[i]
		if small.Name != large.Name || small.Name != benchmark.Default {
			continue
		}
		what := fmt.Sprintf("per caller, %s ÷ %s blocked", thousands(large.Callers), thousands(small.Callers))
		all = append(all,
			Budget{What: "release " + what, Limit: 2, Measured: quotient(large.Release, small.Release), Format: "%.1f"},
			Budget{What: "cancel " + what, Limit: 2, Measured: quotient(large.Cancel, small.Cancel), Format: "%.1f"})
	}
	return all
}

func quotient(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

// worst returns the largest value that of has for the tables with these numbers of
// callers.
func worst(tables []Table, callers []int, of func(Table) float64) float64 {
	return of(worstTable(tables, callers, of))
}

// worstTable returns the table with the largest value of of.
func worstTable(tables []Table, callers []int, of func(Table) float64) (found Table) {
	largest := math.Inf(-1)
	for _, t := range tables {
		if v := of(t); slices.Contains(callers, t.Callers) && v > largest {
			largest, found = v, t
		}
	}
	return found
}

// worst returns the largest value that of has for the rows with these names.
func (t Table) worst(names []string, of func(Row) float64) float64 {
	largest := math.Inf(-1)
	for _, name := range names {
		largest = max(largest, of(t.row(name)))
	}
	return largest
}

// ratio returns the ratio of a contender to the hand-written bridge.
func ratio(name string) func(Table) float64 {
	return func(t Table) float64 { return t.row(name).Ratio.Median }
}

// quotient returns how many times as long as a call of one contender that of another
// takes, the median of the rounds.
func (t Table) quotient(name, base string) float64 {
	return t.row(name).series.To(t.row(base).series).Median
}
