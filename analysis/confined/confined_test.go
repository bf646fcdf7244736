package confined_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/analysis/confined"
)

func TestConfined(t *testing.T) {
	t.Parallel()
	analysistest.RunWithSuggestedFixes(t, "../testdata", confined.Analyzer, "./confined/...")
}

// TestFixesCompile builds the package with the suggested fixes in it.
func TestFixesCompile(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("../testdata/confined/escape")
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(dir, "escape.go"): filepath.Join(dir, "escape.go.golden"),
	}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
