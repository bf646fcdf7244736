// Package analysis holds the checks of asyncvet, as analyzers for any driver of
// golang.org/x/tools/go/analysis: asyncvet itself, go vet -vettool, a linter that
// bundles others. A driver that wants some of them picks them out of [All] by their names.
//
// The checks find what the compiler cannot: code that touches the property of an event loop
// elsewhere. docs/vet.md describes each of them by its code.
package analysis

import (
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/allow"
	"github.com/asyncgen/asyncgen/analysis/internal/blocking"
	"github.com/asyncgen/asyncgen/analysis/internal/bypass"
	"github.com/asyncgen/asyncgen/analysis/internal/confined"
	"github.com/asyncgen/asyncgen/analysis/internal/cycles"
	"github.com/asyncgen/asyncgen/analysis/internal/goexit"
	"github.com/asyncgen/asyncgen/analysis/internal/leak"
	"github.com/asyncgen/asyncgen/analysis/internal/lost"
	"github.com/asyncgen/asyncgen/analysis/internal/selfwait"
	"github.com/asyncgen/asyncgen/analysis/internal/stale"
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

// All returns all checks in the order of their codes: bypass, confined, selfwait, cycles,
// blocking, leak, lost, stale and goexit. The last one, allow, checks the
// //asyncgen:allow directives and requires the others. The slice belongs to the caller; the
// analyzers are those of every call, and safe for concurrent use.
func All() []*analysis.Analyzer { return append(slices.Clone(checks), directives) }
