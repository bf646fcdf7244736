package report

import (
	_ "embed" // for the template
	"fmt"
	"io"
	"strconv"
	"text/template"
	"time"

	"github.com/asyncgen/asyncgen/benchmark"
)

//go:embed performance.md.tmpl
var page string

// Render writes the result as the page docs/performance.md.
func Render(w io.Writer, r *Result) error {
	t, err := template.New("performance.md").Funcs(template.FuncMap{
		"nanos":     nanos,
		"duration":  func(d time.Duration) string { return nanos(float64(d)) },
		"allocs":    func(n float64) string { return fmt.Sprintf("%.0f", n) },
		"ratio":     showRatio,
		"thousands": thousands,
		"bytes":     func(n float64) string { return thousands(int(n + 0.5)) },
		"of":        func(name string, t Table) Row { return t.row(name) },
		"missed":    missed,
		"floor":     func() string { return benchmark.Floor },
		"selfCall": func(r *Result) Row {
			return r.SelfCalls.row(benchmark.SelfCallAt(benchmark.SelfCallWith, benchmark.Default))
		},
		"calls": func(r *Result, callers int) Table { return callsOf(r.Calls, callers) },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}

// nanos writes a number of nanoseconds with three digits that mean something.
func nanos(n float64) string {
	switch {
	case n < 100:
		return fmt.Sprintf("%.1f ns", n)
	case n < 10_000:
		return fmt.Sprintf("%.0f ns", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f µs", n/1e3)
	}
	return fmt.Sprintf("%.1f ms", n/1e6)
}

// showRatio writes a ratio with digits that fit its size.
func showRatio(x float64) string {
	switch {
	case x < 0.095:
		return fmt.Sprintf("%.3f", x)
	case x < 9.5:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// thousands writes a number in groups of three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// missed returns the budgets that were not met.
func missed(all []Budget) (some []Budget) {
	for _, b := range all {
		if !b.Met() {
			some = append(some, b)
		}
	}
	return some
}

// callsOf returns the table with so many callers whose context can be cancelled.
func callsOf(tables []Table, callers int) Table {
	for _, t := range tables {
		if t.Callers == callers && t.Cancelable {
			return t
		}
	}
	panic("report: no table for " + strconv.Itoa(callers) + " callers")
}
