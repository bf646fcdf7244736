// Package analysis holds the checks of asyncvet, as analyzers for any driver of
// golang.org/x/tools/go/analysis: asyncvet itself, go vet -vettool, a linter that
// bundles others.
//
// They find what the compiler cannot: that what belongs to an event loop is touched
// only there. docs/vet.md describes each of them by its code.
package analysis

import (
	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/bypass"
	"github.com/asyncgen/asyncgen/analysis/selfwait"
)

// All returns every check, in the order of the codes.
func All() []*analysis.Analyzer {
	return []*analysis.Analyzer{
		bypass.Analyzer,
		selfwait.Analyzer,
	}
}
