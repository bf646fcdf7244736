package directive

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
)

// Directives that generate nothing.
const (
	skip     = "skip"     // leaves a method out of a front
	confined = "confined" // makes a variable belong to a loop
	allow    = "allow"    // silences the checker in one place
)

// Allowance is the contents of //asyncgen:allow. The checker, which knows the codes,
// judges whether it makes sense.
type Allowance struct {
	Code   *Value // nil if absent
	Reason string
}

func parseSkip(c Comment, d ast.Directive) (*Directive, []Problem) {
	if strings.TrimSpace(d.Args) == "" {
		return &Directive{Comment: c, Skip: true}, nil
	}
	return nil, []Problem{{
		Pos: d.ArgsPos, End: d.End(), Code: diag.UnknownArgument,
		Message: "//asyncgen:skip takes no arguments", Hint: "write //asyncgen:skip",
	}}
}

// parseAllow reads a code and a reason, which is prose and not split into arguments.
func parseAllow(c Comment, d ast.Directive) *Directive {
	a := &Allowance{}
	code, reason, _ := strings.Cut(strings.TrimSpace(d.Args), " ")
	if code != "" {
		at := strings.Index(d.Args, code)
		a.Code = &Value{Text: code, Start: d.ArgsPos + token.Pos(at)}
	}
	a.Reason = strings.TrimSpace(reason)
	return &Directive{Comment: c, Allow: a}
}
