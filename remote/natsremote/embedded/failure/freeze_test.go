//go:build unix

package failure_test

import (
	"syscall"

	"github.com/stretchr/testify/require"
)

// freeze stops a process where it is, and returns when all its threads have stopped. Its connections stay.
// The kernel delivers a signal after the call that sends it has returned; until then the process runs on.
func freeze(p *process) {
	p.t.Helper()
	p.signal(syscall.SIGSTOP)
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		if err == syscall.EINTR {
			continue
		}
		require.NoError(p.t, err)
		require.True(p.t, status.Stopped(), "the %s ended", p.role)
		return
	}
}

// thaw lets a stopped process go on.
func thaw(p *process) { p.t.Helper(); p.signal(syscall.SIGCONT) }
