package bypass_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/bypass"
)

func TestBypass(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, "../../testdata", bypass.Analyzer, "./bypass/...")
}
