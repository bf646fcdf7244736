package asyncgen_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program that never says remote has not one byte of what remote handlers need, and nothing that
// others have written.
func TestProgramsWithoutRemoteHandlersAreNotRemote(t *testing.T) {
	t.Parallel()
	const module = "github.com/asyncgen/asyncgen/"
	for _, program := range []string{"./examples/rooms", "./examples/export"} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", program).Output()
		require.NoError(t, err)
		deps := strings.Fields(string(out))
		require.Contains(t, deps, module+"loop", "%s is no program of ours", program)
		for _, dep := range deps {
			first, _, _ := strings.Cut(dep, "/")
			own := strings.HasPrefix(dep, module+"loop") || strings.HasPrefix(dep, module+"observe") || strings.HasPrefix(dep, module+"examples/")
			standard := !strings.Contains(first, ".") || strings.HasPrefix(dep, "vendor/")
			require.True(t, own || standard, "%s needs %s", program, dep)
		}
	}
}
