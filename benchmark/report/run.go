package report

import (
	"context"
	"time"

	"github.com/asyncgen/asyncgen/benchmark"
	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/internal/machine"
)

// An Effort is the length of the measurement.
type Effort struct {
	Plan    measure.Plan
	Past    int   // calls that a loop has behind it when it is measured as an old one
	Others  int   // loops that exist when a loop is measured as one of many
	Blocked []int // numbers of callers that wait for one loop, ascending
}

// Full is the effort behind docs/performance.md: about three minutes. A turn is ten
// time slices of Go's scheduler long: in a shorter one, the callers of a contender
// that is not fair come one after the other, and 64 of them are measured as one.
var Full = Effort{
	Plan:    measure.Plan{Rounds: 7, Turn: 100 * time.Millisecond},
	Past:    10_000_000,
	Others:  1000,
	Blocked: []int{10_000, 100_000},
}

// Run measures everything and calls progress with the name of each part before it
// begins.
func Run(e Effort, progress func(string)) (*Result, error) {
	r := &Result{Machine: machine.Describe(), Date: time.Now(), Plan: e.Plan, Clock: measure.ClockCost()}
	parts := []struct {
		name string
		run  func(*Result, Effort) error
	}{
		{"calls", runCalls},
		{"calls with contexts of their own", runAnew},
		{"handlers of a microsecond", runBusy},
		{"latencies", runLatencies},
		{"other uses", runShapes},
		{"self-calls", runSelfCalls},
		{"making loops", runMakings},
		{"building blocks", runFloors},
		{"growth", runGrowth},
		{"blocked callers", runBlocked},
	}
	for _, part := range parts {
		progress(part.name)
		if err := part.run(r, e); err != nil {
			return nil, err
		}
	}
	r.Budgets = budgets(r)
	r.Took = time.Since(r.Date)
	return r, nil
}

// callerCounts are the numbers of callers that contenders are measured with.
var callerCounts = []int{1, benchmark.Accounts}

func runCalls(r *Result, e Effort) error {
	for _, callers := range callerCounts {
		for _, cancelable := range []bool{true, false} {
			t := Table{Callers: callers, Cancelable: cancelable}
			err := t.measure(e.Plan, benchmark.Contenders(), 0, plain)
			if err != nil {
				return err
			}
			r.Calls = append(r.Calls, t)
		}
	}
	return nil
}

func runAnew(r *Result, e Effort) error {
	var some []benchmark.Contender
	for _, name := range []string{benchmark.Default, benchmark.Inline, benchmark.Thread, benchmark.Baseline} {
		some = append(some, benchmark.Named(name))
	}
	for _, callers := range callerCounts {
		t := Table{Callers: callers, Cancelable: true}
		if err := t.measure(e.Plan, some, 0, benchmark.DepositsAnew); err != nil {
			return err
		}
		r.Anew = append(r.Anew, t)
	}
	return nil
}

func runBusy(r *Result, e Effort) error {
	for _, callers := range callerCounts {
		t := Table{Callers: callers, Cancelable: true}
		if err := t.measure(e.Plan, benchmark.Contenders(), time.Microsecond, plain); err != nil {
			return err
		}
		r.Busy = append(r.Busy, t)
	}
	return nil
}

// plain returns the batch of calls that all have the same context.
func plain(_ context.Context, l benchmark.Ledger) measure.Batch { return benchmark.Deposits(l) }

// measure fills the table with the contenders, whose handler is busy for the given
// time.
func (t *Table) measure(
	p measure.Plan, contenders []benchmark.Contender, busy time.Duration,
	batch func(context.Context, benchmark.Ledger) measure.Batch,
) error {
	cases, end := t.cases(contenders, busy, batch)
	defer end()
	return t.fill(p, cases)
}

// cases opens the contenders.
func (t *Table) cases(
	contenders []benchmark.Contender, busy time.Duration,
	batch func(context.Context, benchmark.Ledger) measure.Batch,
) (cases []*measure.Case, end func()) {
	ctx, cancel := context.Background(), func() {}
	if t.Cancelable {
		ctx, cancel = context.WithCancel(ctx)
	}
	var opened []benchmark.Ledger
	for _, c := range contenders {
		l := c.Open(benchmark.NewBook(busy))
		opened = append(opened, l)
		cases = append(cases, &measure.Case{Name: c.Name, Context: ctx, Callers: t.Callers, Batch: batch(ctx, l)})
	}
	return cases, func() {
		cancel()
		for _, l := range opened {
			l.Close()
		}
	}
}

// fill measures the cases in turns. One of them is the baseline.
func (t *Table) fill(p measure.Plan, cases []*measure.Case) error {
	series, err := measure.Rounds(p, cases)
	if err != nil {
		return err
	}
	var base measure.Series
	for i, c := range cases {
		if c.Name == benchmark.Baseline {
			base = series[i]
		}
	}
	for i, c := range cases {
		s := series[i]
		t.Rows = append(t.Rows, Row{c.Name, s.Nanos(), s.To(base), s.Allocs(), s.Bytes(), s})
	}
	return nil
}

func runLatencies(r *Result, e Effort) error {
	for _, callers := range callerCounts {
		t := Table{Callers: callers, Cancelable: true}
		cases, end := t.cases(benchmark.Contenders(), 0, plain)
		all, err := measure.Latencies(e.Plan, cases)
		end()
		if err != nil {
			return err
		}
		lt := LatencyTable{Callers: callers}
		for i, c := range cases {
			lt.Rows = append(lt.Rows, LatencyRow{c.Name, all[i]})
		}
		r.Latencies = append(r.Latencies, lt)
	}
	return nil
}
