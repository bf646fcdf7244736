// Package analysis holds the checks of asyncvet, as analyzers for any driver of
// golang.org/x/tools/go/analysis: asyncvet itself, go vet -vettool, a linter that
// bundles others.
//
// They find what the compiler cannot: that what belongs to an event loop is touched
// only there. docs/vet.md describes each of them by its code.
package analysis

import (
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/allow"
	"github.com/asyncgen/asyncgen/analysis/blocking"
	"github.com/asyncgen/asyncgen/analysis/bypass"
	"github.com/asyncgen/asyncgen/analysis/confined"
	"github.com/asyncgen/asyncgen/analysis/cycles"
	"github.com/asyncgen/asyncgen/analysis/goexit"
	"github.com/asyncgen/asyncgen/analysis/leak"
	"github.com/asyncgen/asyncgen/analysis/lost"
	"github.com/asyncgen/asyncgen/analysis/selfwait"
	"github.com/asyncgen/asyncgen/analysis/stale"
)

// checks are those that look at code, in the order of the codes.
var checks = []*analysis.Analyzer{
	bypass.Analyzer,
	confined.Analyzer,
	selfwait.Analyzer,
	cycles.Analyzer,
	blocking.Analyzer,
	leak.Analyzer,
	lost.Analyzer,
	stale.Analyzer,
	goexit.Analyzer,
}

// directives looks at what is written for the others, and so comes after them.
var directives = allow.For(checks...)

// All returns every check, in the order of the codes, and the one of the directives
// for them.
func All() []*analysis.Analyzer { return append(slices.Clone(checks), directives) }
