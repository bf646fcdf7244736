package analysis_test

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	goanalysis "golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/analysis"
)

// TestValid holds the checks to what drivers ask of analyzers.
func TestValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, goanalysis.Validate(analysis.All()))
	for _, a := range analysis.All() {
		require.NotEmpty(t, a.URL, a.Name)
		require.Regexp(t, "^report ", a.Doc, a.Name)
	}
}

// TestFactsTravel: drivers that run in one process per package send facts through gob.
func TestFactsTravel(t *testing.T) {
	t.Parallel()
	seen := map[*goanalysis.Analyzer]bool{}
	var visit func(a *goanalysis.Analyzer)
	visit = func(a *goanalysis.Analyzer) {
		if seen[a] {
			return
		}
		seen[a] = true
		for _, f := range a.FactTypes {
			var buf bytes.Buffer
			require.NoError(t, gob.NewEncoder(&buf).Encode(f), "%s: %T", a.Name, f)
			require.NoError(t, gob.NewDecoder(&buf).Decode(reflect.New(reflect.TypeOf(f).Elem()).Interface()), "%s: %T", a.Name, f)
		}
		for _, r := range a.Requires {
			visit(r)
		}
	}
	for _, a := range analysis.All() {
		visit(a)
	}
}

// TestSame: the same findings come out of each run, on many packages at once. It is the
// test of the checks that runs with the race detector, too.
func TestSame(t *testing.T) {
	t.Parallel()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax | packages.NeedModule, Dir: "testdata"}, "./bypass/...", "./cycles/...", "./blocking/...", "./confined/...", "./leak/...", "./selfwait/...")
	require.NoError(t, err)
	var first map[string]int
	for range 2 {
		graph, err := checker.Analyze(analysis.All(), pkgs, nil)
		require.NoError(t, err)
		found := map[string]int{}
		for action := range graph.All() {
			if action.IsRoot {
				for _, d := range action.Diagnostics {
					found[action.Package.Fset.Position(d.Pos).String()+" "+d.Message]++
				}
			}
		}
		require.Greater(t, len(found), 30)
		if first == nil {
			first = found
		}
		require.Equal(t, first, found)
	}
}
