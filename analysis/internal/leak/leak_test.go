package leak_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/leak"
)

func TestAnalyzer(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, "../../testdata", leak.Analyzer, "./leak/...")
}
