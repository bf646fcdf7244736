package failure_test

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNoOrphans kills a process that has started another one, which is stopped so that it cannot notice. It
// must end all the same, or a test that dies would leave servers behind.
func TestNoOrphans(t *testing.T) {
	t.Parallel()
	for _, stopped := range []bool{false, true} {
		parent, told := start(t, "nest", serverConfig{Dir: t.TempDir(), Port: -1})
		child, err := strconv.Atoi(told)
		require.NoError(t, err)
		require.NoError(t, syscall.Kill(child, 0))
		if stopped {
			require.NoError(t, syscall.Kill(child, syscall.SIGSTOP))
		}
		parent.kill()
		require.True(t, eventually(patience, 10*time.Millisecond, func() bool { return gone(child) }), "process %d is an orphan", child)
	}
}

// gone reports whether a process has ended. Until somebody asks for its status, which is not the test's to do, it
// has the state Z.
func gone(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "Z") || strings.HasPrefix(rest, "X")
}
