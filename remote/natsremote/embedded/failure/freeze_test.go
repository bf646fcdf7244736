//go:build unix

package failure_test

import "syscall"

// freeze stops a process where it is; its connections stay.
func freeze(p *process) { p.t.Helper(); p.signal(syscall.SIGSTOP) }

// thaw has it go on.
func thaw(p *process) { p.t.Helper(); p.signal(syscall.SIGCONT) }
