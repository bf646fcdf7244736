package generator

import (
	"go/token"

	"github.com/asyncgen/asyncgen/internal/diag"
)

// Diagnostic is one problem in the user's code.
type Diagnostic struct {
	// Pos is where the problem begins, with an absolute file name. It is the zero value for a
	// problem without a place.
	Pos     token.Position
	End     token.Position // behind the problem's last character; the zero value if it is not known
	Code    string         // such as "AG012"; docs/diagnostics.md explains each
	Message string         // for people: texts may change with any version
	Hint    string         // the way out; may be empty
	Package string         // import path
	Related []Related      // other places that belong to the problem
}

// Related is another place that belongs to a problem: the other declaration of a collision, or the
// first of two duplicates.
type Related struct {
	Pos     token.Position
	Message string
}

// published returns diagnostics as the package's users see them.
func published(list []diag.Diagnostic) []Diagnostic {
	out := make([]Diagnostic, 0, len(list))
	for _, d := range list {
		p := Diagnostic{Pos: d.Pos, End: d.End, Code: string(d.Code), Message: d.Message, Hint: d.Hint, Package: d.Package}
		for _, r := range d.Related {
			p.Related = append(p.Related, Related(r))
		}
		out = append(out, p)
	}
	return out
}
