package report

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// Used is the result of each check: the //asyncgen:allow comments that it obeyed, by
// their positions.
type Used map[token.Pos]bool

// UsedType is what an analyzer with that result says of it.
var UsedType = reflect.TypeFor[Used]()

// A Reporter reports the findings of one check in one package.
type Reporter struct {
	Pass       *analysis.Pass
	Code       Code
	Used       Used
	allowances []Allowance
	generated  []*ast.File
}

// New returns a reporter.
func New(pass *analysis.Pass, code Code) *Reporter {
	r := &Reporter{Pass: pass, Code: code, Used: Used{}}
	for _, f := range pass.Files {
		if isolation.Written(f) {
			r.generated = append(r.generated, f)
			continue
		}
		r.allowances = append(r.allowances, Allowances(pass.Fset, f)...)
	}
	return r
}

// A Finding is what a check reports.
type Finding struct {
	At      analysis.Range
	Message string
	Related []analysis.RelatedInformation
	Fixes   []analysis.SuggestedFix
}

// Reportf reports a finding without more.
func (r *Reporter) Reportf(at analysis.Range, format string, args ...any) {
	r.Report(Finding{At: at, Message: fmt.Sprintf(format, args...)})
}

// Report reports a finding, unless it is in generated code or allowed.
func (r *Reporter) Report(f Finding) {
	if !r.silent(f.At.Pos()) {
		r.ReportAnywhere(f)
	}
}

// ReportAnywhere reports a finding, in generated code too.
func (r *Reporter) ReportAnywhere(f Finding) {
	r.Pass.Report(analysis.Diagnostic{
		Pos: f.At.Pos(), End: f.At.End(), Category: r.Code.ID, URL: r.Code.URL(),
		Message: f.Message + " [" + r.Code.ID + "]", Related: f.Related, SuggestedFixes: f.Fixes,
	})
}

func (r *Reporter) silent(pos token.Pos) bool {
	for _, f := range r.generated {
		if f.FileStart <= pos && pos < f.FileEnd {
			return true
		}
	}
	at := r.Pass.Fset.PositionFor(pos, false)
	for _, a := range r.allowances {
		if a.File != at.Filename || at.Line < a.First || at.Line > a.Last || a.Directive.Allow.Reason == "" || a.Directive.Allow.Code == nil {
			continue
		}
		if code, ok := Find(a.Directive.Allow.Code.Text); ok && code == r.Code {
			r.Used[a.Directive.Pos()] = true
			return true
		}
	}
	return false
}

// Fix is a suggested fix that replaces one piece of text.
func Fix(message string, at analysis.Range, text string) analysis.SuggestedFix {
	return analysis.SuggestedFix{
		Message:   message,
		TextEdits: []analysis.TextEdit{{Pos: at.Pos(), End: at.End(), NewText: []byte(text)}},
	}
}

// Related points to a second place.
func Related(at analysis.Range, format string, args ...any) analysis.RelatedInformation {
	return analysis.RelatedInformation{Pos: at.Pos(), End: at.End(), Message: fmt.Sprintf(format, args...)}
}
