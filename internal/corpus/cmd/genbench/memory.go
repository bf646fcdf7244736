package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/turns"
)

// peak runs a contender and returns the most memory that its process has had
// resident, in bytes, or 0 on a system without that number.
//
// The kernel's number for a process that has ended is the largest peak of the process
// itself, its children and the parent that it was forked from. Here the children are
// go commands, which take more than their parent does. So the number is read
// while the process runs; the kernel keeps the peak, so at most the last millisecond
// is missing.
func peak(ctx context.Context, c turns.Contender) (int64, error) {
	if err := c.Prepare(); err != nil {
		return 0, err
	}
	cmd, said := c.Start(ctx)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	var most int64
	for tick := time.NewTicker(time.Millisecond); ; {
		select {
		case err := <-done:
			tick.Stop()
			if err != nil {
				return 0, fmt.Errorf("%s: %w\n%s", c.Name, err, said)
			}
			return most, nil
		case <-tick.C:
			most = max(most, resident(status))
		}
	}
}

// resident returns the peak in a status file of the kernel.
func resident(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	value, _ := strings.CutSuffix(field(text, "VmHWM"), " kB")
	n, _ := strconv.ParseInt(value, 10, 64)
	return n << 10
}

// field returns the value of the first line "name : value", or "".
func field(text []byte, name string) string {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
