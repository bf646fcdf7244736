package lost_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/lost"
)

func TestAnalyzer(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, "../../testdata", lost.Analyzer, "./lost/...")
}
