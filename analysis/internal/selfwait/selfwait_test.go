package selfwait_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/selfwait"
)

func TestSelfWait(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, "../../testdata", selfwait.Analyzer, "./selfwait/...")
}
