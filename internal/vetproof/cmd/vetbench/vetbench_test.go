package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMeasure runs a round: the program is as large as it is said to be, compiles, and
// has nothing to find. The bound is one for machines that do other things meanwhile, and
// for the race detector; that of make vet-bench is narrow.
func TestMeasure(t *testing.T) {
	t.Parallel()
	checkout, err := filepath.Abs("../../../..")
	require.NoError(t, err)
	dir := t.TempDir()
	written, generated, err := writeProgram(t.Context(), checkout, dir)
	require.NoError(t, err)
	require.GreaterOrEqual(t, written, lines)
	require.Greater(t, generated, 1000)
	r, err := measure(t.Context(), dir, 1)
	require.NoError(t, err)
	require.Less(t, r.Total, 20*time.Second)
	require.Contains(t, r.report(), "| bypass |")
}
