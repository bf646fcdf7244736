package conformance

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine describes the machine: the processors that Go uses and, on Linux, their
// name.
func Machine() string {
	m := fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	cpus, _ := os.ReadFile("/proc/cpuinfo") // elsewhere there is none
	for line := range strings.Lines(string(cpus)) {
		if key, name, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			return m + " (" + strings.TrimSpace(name) + ")"
		}
	}
	return m
}
