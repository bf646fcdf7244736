package main

import (
	_ "embed" // for the template
	"fmt"
	"io"
	"text/template"
	"time"
)

//go:embed performance-overlay.md.tmpl
var page string

// render writes the result as the page docs/performance-overlay.md.
func render(w io.Writer, r *result) error {
	t, err := template.New("performance-overlay.md").Funcs(template.FuncMap{
		"ms":    func(d time.Duration) string { return fmt.Sprintf("%d", d.Round(time.Millisecond).Milliseconds()) },
		"ratio": func(x float64) string { return fmt.Sprintf("%.2f", x) },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}
