package loop_test

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// emulatorVariable names the program that runs the test binary where the system itself
// cannot, as the -exec flag of go test does.
const emulatorVariable = "LOOP_TEST_EMULATOR"

// again returns a command that runs the test binary again. It skips tests on platforms
// that have no processes.
func again(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if runtime.GOARCH == "wasm" {
		t.Skip("starts a process, and there are none here")
	}
	path, err := os.Executable()
	require.NoError(t, err)
	if emulator := os.Getenv(emulatorVariable); emulator != "" {
		path, args = emulator, append([]string{path}, args...)
	}
	return exec.CommandContext(t.Context(), path, args...)
}
