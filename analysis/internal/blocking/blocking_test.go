package blocking_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/blocking"
)

func TestBlocking(t *testing.T) {
	t.Parallel()
	analysistest.RunWithSuggestedFixes(t, "../../testdata", blocking.Analyzer, "./blocking/...")
}
