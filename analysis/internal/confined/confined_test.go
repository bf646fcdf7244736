package confined_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/confined"
)

func TestConfined(t *testing.T) {
	t.Parallel()
	analysistest.RunWithSuggestedFixes(t, "../../testdata", confined.Analyzer, "./confined/...")
}

// TestRelated: a finding shows the call because of which a helper is off the loop, and
// where a local variable got what it gives away.
func TestRelated(t *testing.T) {
	t.Parallel()
	related := map[string]bool{}
	for _, r := range analysistest.Run(t, "../../testdata", confined.Analyzer, "./confined/access", "./confined/escape") {
		for _, d := range r.Diagnostics {
			for _, rel := range d.Related {
				at := r.Pass.Fset.Position(rel.Pos)
				source, err := os.ReadFile(at.Filename)
				require.NoError(t, err)
				related[strings.TrimSpace(strings.Split(string(source), "\n")[at.Line-1])+": "+rel.Message] = true
			}
		}
	}
	require.Contains(t, related, "func Report(a *Account) int { return a.leak() }: this call is not made on Account.loop")
	require.Contains(t, related, "c := s.config: Store.config comes from here")
}
