package cycles_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/internal/cycles"
)

func TestCycles(t *testing.T) {
	t.Parallel()
	analysistest.Run(t, "../../testdata", cycles.Analyzer, "./cycles/...")
}
