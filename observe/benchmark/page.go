package main

import (
	_ "embed" // for the template
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/template"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/loop"
)

//go:embed performance-observe.md.tmpl
var page string

// A result is everything that was measured, and where.
type result struct {
	Machine string
	Load    string
	Date    time.Time
	Plan    measure.Plan
	Tables  []table
	Clock   time.Duration
	Counter float64 // what counting adds to a call, at worst
}

func measureAll(p measure.Plan) (*result, error) {
	r := &result{Machine: machine(), Load: load(), Date: time.Now(), Plan: p, Clock: measure.ClockCost()}
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

func machine() string {
	return fmt.Sprintf("%d cores, %s/%s, %s", runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// load returns how many processes wanted to run in the last minute, or "unknown".
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
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
