package allow_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/analysis"
)

// TestAllow lists what is found, since a comment that says what is wanted would be part
// of the directives.
func TestAllow(t *testing.T) {
	t.Parallel()
	cfg := &packages.Config{Mode: packages.LoadAllSyntax | packages.NeedModule, Dir: "../../testdata"}
	pkgs, err := packages.Load(cfg, "./allow")
	require.NoError(t, err)
	graph, err := checker.Analyze(analysis.All(), pkgs, nil)
	require.NoError(t, err)
	var found []string
	for action := range graph.All() {
		require.NoError(t, action.Err)
		if !action.IsRoot {
			continue
		}
		for _, d := range action.Diagnostics {
			p := action.Package.Fset.Position(d.Pos)
			found = append(found, fmt.Sprintf("%s:%d: %s", filepath.Base(p.Filename), p.Line, d.Message))
		}
	}
	require.ElementsMatch(t, []string{
		"allow.go:14: //asyncgen:confined: there are several loops, name one with loop= [AV000]",
		"allow.go:17: //asyncgen:confined: loop=c is no *loop.Loop here [AV000]",
		"wrong.go:6: //asyncgen:allow AV007 silences nothing here: remove it [AV000]",
		"wrong.go:7: //asyncgen:allow needs the code of a check and a reason, as in //asyncgen:allow AV001 nobody else has it yet [AV000]",
		"wrong.go:9: //asyncgen:allow AV007 needs a reason behind the code [AV000]",
		"wrong.go:10: the error of workSpawn is dropped: if the loop does not accept the work, it never runs and nobody knows [AV007]",
		"wrong.go:11: //asyncgen:allow names no check: AV777, did you mean AV007? [AV000]",
		"wrong.go:13: //asyncgen:allow names no check: lots, did you mean lost? [AV000]",
		"wrong.go:15: the error of workSpawn is dropped: if the loop does not accept the work, it never runs and nobody knows [AV007]",
		"wrong.go:15: //asyncgen:allow AV001 silences nothing here: remove it [AV000]",
	}, found)
}
