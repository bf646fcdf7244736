package main

import (
	_ "embed" // for the template
	"fmt"
	"io"
	"text/template"
	"time"
)

//go:embed performance-generator.md.tmpl
var page string

// render writes the result as the page docs/performance-generator.md.
func render(w io.Writer, r *result) error {
	t, err := template.New("performance-generator.md").Funcs(template.FuncMap{
		"ms":        func(d time.Duration) string { return fmt.Sprintf("%d", d.Round(time.Millisecond).Milliseconds()) },
		"seconds":   func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) },
		"ratio":     func(x float64) string { return fmt.Sprintf("%.2f", x) },
		"mb":        func(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) },
		"kb":        func(n int64) string { return fmt.Sprintf("%.0f kB", float64(n)/1000) },
		"thousands": thousands,
		"verified":  func() string { return verified },
		"emptied":   func() string { return emptied },
		"noVerify":  func() string { return noVerify },
		"findOne":   func() string { return findOne },
		"listDeep":  func() string { return listDeep },
		"check":     func() string { return check },
		"checkOff":  func() string { return checkOff },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}

// thousands writes a number in groups of three digits.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
