package analysis_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFixesCompile builds the programs of the tests with all suggested fixes in them.
func TestFixesCompile(t *testing.T) {
	t.Parallel()
	replace, dirs := map[string]string{}, []string{}
	require.NoError(t, filepath.WalkDir("testdata", func(path string, _ fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(path, ".golden"); ok {
			fixed, err := filepath.Abs(path)
			if err != nil {
				return err
			}
			replace[strings.TrimSuffix(fixed, ".golden")] = fixed
			dirs = append(dirs, filepath.Dir(fixed))
			require.FileExists(t, name)
		}
		return err
	}))
	require.NotEmpty(t, replace)
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-overlay", file}, dirs...)...)
	cmd.Dir = "testdata"
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
