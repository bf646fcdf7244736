package goexit_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/goexit"
)

func TestAnalyzer(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, "../../testdata", goexit.Analyzer, "./goexit/...")
}
