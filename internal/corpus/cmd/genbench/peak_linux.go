package main

import (
	"os"
	"syscall"
)

// peakMemory returns the resident memory of a process that has ended.
func peakMemory(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10
	}
	return 0
}
