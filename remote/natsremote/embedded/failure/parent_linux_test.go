package failure_test

import (
	"os/exec"
	"syscall"
)

// endWithParent has the system kill a process whose parent has died: one that is stopped does not notice that its
// standard input has ended.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
