package main

import (
	_ "embed" // for the template
	"fmt"
	"io"
	"text/template"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/internal/machine"
	"github.com/asyncgen/asyncgen/loop"
)

//go:embed performance-observe.md.tmpl
var page string

// A result is everything that was measured, and where.
type result struct {
	Machine machine.Machine
	Date    time.Time
	Plan    measure.Plan
	Tables  []table
	Clock   time.Duration
	Counter float64 // what counting adds to a call, at worst
}

func measureAll(p measure.Plan) (*result, error) {
	r := &result{Machine: machine.Describe(), Date: time.Now(), Plan: p, Clock: measure.ClockCost()}
	for _, e := range []struct {
		name    string
		options []loop.Option
	}{{"The default executor", nil}, {"`WithInline`", []loop.Option{loop.WithInline()}}} {
		t, err := measureTable(p, e.name, e.options...)
		if err != nil {
			return nil, err
		}
		r.Tables = append(r.Tables, t)
		r.Counter = max(r.Counter, t.Rows[2].More)
	}
	return r, nil
}

// render writes the page.
func render(w io.Writer, r *result) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"nanos": func(n float64) string { return fmt.Sprintf("%.0f", n) },
		"round": func(n float64) string { return fmt.Sprintf("%.1f", n) },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}
