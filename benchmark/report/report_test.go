package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/benchmark/report"
)

// TestPage measures with next to no effort, so that all parts run and the template
// finds what it refers to. The numbers mean nothing.
func TestPage(t *testing.T) {
	effort := report.Effort{
		Plan:    measure.Plan{Rounds: 1, Turn: time.Millisecond},
		Past:    1000,
		Others:  10,
		Blocked: []int{10, 2000}, // more than a queue holds
	}
	result, err := report.Run(effort, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := report.Render(&page, result); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Performance", "make bench-report", "| WithInline |", "## Self-calls", "| New, default |",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not contain %q", want)
		}
	}
	if strings.Contains(page.String(), "<no value>") {
		t.Error("the template refers to something that is not there")
	}
}
