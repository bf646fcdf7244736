package corpus

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Table prints the reports, one a line, with the seconds that each stage took,
// and below them what has to be known about some.
func Table(w io.Writer, reports []Report) error {
	var longest []Stage
	for _, r := range reports {
		if len(r.Stages) > len(longest) {
			longest = r.Stages
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "module\tresult\tfunctions\tbridges\trenamed\ttests\t")
	for _, s := range longest {
		fmt.Fprintf(t, "%s\t", s.Name)
	}
	fmt.Fprintln(t, "seconds\t")
	for _, r := range reports {
		row(t, r, len(longest))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range reports {
		for _, remark := range r.remarks() {
			if _, err := fmt.Fprintf(w, "%s: %s\n", r.Module, remark); err != nil {
				return err
			}
		}
	}
	return nil
}

func row(w io.Writer, r Report, columns int) {
	result := "passed"
	if r.Failed != "" {
		result = r.Failed + " failed"
	}
	fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t", r.Module, result, r.Functions, r.Bridges, r.Renamed, r.Tests.Passed)
	var sum time.Duration
	for i := range columns {
		if i < len(r.Stages) {
			fmt.Fprintf(w, "%.1f", r.Stages[i].Took.Seconds())
			sum += r.Stages[i].Took
		}
		fmt.Fprint(w, "\t")
	}
	fmt.Fprintf(w, "%.1f\t\n", sum.Seconds())
}

// remarks says what the numbers of the table leave open.
func (r Report) remarks() []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, command := range []string{"gofmt", "build", "vet"} {
		if n := r.Before[command]; n > 0 {
			add("%s had %d complaints before", command, n)
		}
	}
	return append(list, r.Tests.remarks()...)
}

func (t Tests) remarks() []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	switch {
	case t.Limit == 0:
		add("its own tests were not run")
	case t.Passed+t.Failed+t.Skipped == 0:
		add("what is published has no tests")
	}
	if t.Failed > 0 {
		add("%d tests failed before and were not compared: %s", t.Failed, some(t.Failing))
	}
	if t.Skipped > 0 {
		add("%d tests skip themselves here", t.Skipped)
	}
	for _, test := range t.Against {
		add("not compared, %s", test)
	}
	if len(t.Broken) > 0 {
		add("the tests of %d packages did not build before: %s", len(t.Broken), some(t.Broken))
	}
	if len(t.Stopped) > 0 {
		add("the tests of %d packages took longer than %v, those that ended in time were compared: %s",
			len(t.Stopped), t.Limit, some(t.Stopped))
	}
	return list
}

// some names the first of a list that may be long.
func some(list []string) string {
	const most = 5
	if len(list) > most {
		list = append(slices.Clone(list[:most]), "and others")
	}
	return strings.Join(list, ", ")
}
