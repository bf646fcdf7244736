package confined

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/report"
)

// clone suggests to return a copy of a map or a slice, where one level is enough and
// the package that copies can be named.
func (f *flow) clone(x ast.Expr, o origin) []analysis.SuggestedFix {
	if o.address || o.closure || o.holds {
		return nil
	}
	pkg := ""
	switch t := f.Pass.TypesInfo.TypeOf(x).Underlying().(type) {
	case *types.Slice:
		if !f.states.shared(t.Elem()) {
			pkg = "slices"
		}
	case *types.Map:
		if !f.states.shared(t.Elem()) && !f.states.shared(t.Key()) {
			pkg = "maps"
		}
	}
	if pkg == "" {
		return nil
	}
	name, edits := report.Import(f.Pass, pkg, x.Pos())
	if name == "" {
		return nil
	}
	var text bytes.Buffer
	if err := printer.Fprint(&text, f.Pass.Fset, x); err != nil {
		return nil
	}
	edits = append(edits, analysis.TextEdit{Pos: x.Pos(), End: x.End(), NewText: []byte(name + ".Clone(" + text.String() + ")")})
	return []analysis.SuggestedFix{{Message: "return " + pkg + ".Clone", TextEdits: edits}}
}
