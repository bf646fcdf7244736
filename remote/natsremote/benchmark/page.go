package main

import (
	_ "embed" // for the templates
	"fmt"
	"io"
	"text/template"
)

//go:embed performance-remote.md.tmpl
var page string

//go:embed codecs.md.tmpl
var codecs string

// render writes one of the templates.
func render(w io.Writer, text string, r *result) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"callers": callers,
		"micros":  micros,
		"nanos":   func(nanos float64) string { return fmt.Sprintf("%.0f", nanos) },
		"ratio":   func(q float64) string { return fmt.Sprintf("%.2f", q) },
		"rate":    func(nanos float64) string { return fmt.Sprintf("%.0f", 1e9/nanos) },
		"count":   func(n float64) string { return fmt.Sprintf("%.0f", n) },
		"speedup": func(q float64) string { return fmt.Sprintf("%.2f", 1/q) },
	}).Parse(text)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}

// micros writes nanoseconds as microseconds, three digits at least.
func micros(nanos float64) string {
	if nanos >= 1e5 {
		return fmt.Sprintf("%.0f", nanos/1e3)
	}
	return fmt.Sprintf("%.3g", nanos/1e3)
}
