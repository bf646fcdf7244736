// Package allow checks the directives that are for asyncvet itself.
package allow

import (
	"fmt"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
	"github.com/asyncgen/asyncgen/internal/spell"
)

// For returns the analyzer that reports //asyncgen:allow comments that are malformed, or that
// suppress no finding of the given checks.
func For(checks ...*analysis.Analyzer) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "allow",
		Doc: `report directives for asyncvet that say nothing sensible

An //asyncgen:allow needs the code of a check, a reason, and something to allow. An
//asyncgen:confined has to name a loop where there are several.`,
		URL:        report.Allow.URL(),
		Requires:   append(slices.Clone(checks), isolation.Analyzer),
		Run:        func(pass *analysis.Pass) (any, error) { return run(pass, checks) },
		ResultType: report.UsedType,
	}
}

func run(pass *analysis.Pass, checks []*analysis.Analyzer) (any, error) {
	rep := report.New(pass, report.Allow)
	for _, p := range pass.ResultOf[isolation.Analyzer].(*isolation.Result).Problems {
		rep.Report(report.Finding{At: at{p.Pos, p.Pos}, Message: p.Message})
	}
	used, ran := report.Used{}, map[string]bool{}
	for _, c := range checks {
		ran[c.Name] = true
		for pos := range pass.ResultOf[c].(report.Used) {
			used[pos] = true
		}
	}
	for _, f := range pass.Files {
		if isolation.Written(f) {
			continue
		}
		for _, a := range report.Allowances(pass.Fset, f) {
			if message := judge(a, used, ran); message != "" {
				rep.Report(report.Finding{At: a.Directive, Message: message})
			}
		}
	}
	return rep.Used, nil
}

// judge returns the fault of an allowance, or "".
func judge(a report.Allowance, used report.Used, ran map[string]bool) string {
	allow := a.Directive.Allow
	if allow.Code == nil {
		return "//asyncgen:allow needs the code of a check and a reason, as in //asyncgen:allow AV001 nobody else has it yet"
	}
	code, ok := report.Find(allow.Code.Text)
	switch {
	case !ok:
		return "//asyncgen:allow names no check: " + allow.Code.Text + suggestion(allow.Code.Text)
	case allow.Reason == "":
		return fmt.Sprintf("//asyncgen:allow %s needs a reason behind the code", allow.Code.Text)
	case code != report.Allow && ran[code.Name] && !used[a.Directive.Pos()]:
		return fmt.Sprintf("//asyncgen:allow %s silences nothing here: remove it", allow.Code.Text)
	}
	return ""
}

func suggestion(text string) string {
	var known []string
	for _, c := range report.Codes() {
		known = append(known, c.ID, c.Name)
	}
	if near := spell.Nearest(text, known); near != "" {
		return ", did you mean " + near + "?"
	}
	return ""
}
