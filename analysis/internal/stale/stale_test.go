package stale_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/stale"
)

func TestStale(t *testing.T) {
	t.Parallel()
	analysistest.Run(t, "../../testdata", stale.Analyzer, "./stale/...")
}

// TestFix: the fix writes what asyncgen would.
func TestFix(t *testing.T) {
	t.Parallel()
	analysistest.RunWithSuggestedFixes(t, "../../testdata", stale.Analyzer, "./stale/drift")
}
