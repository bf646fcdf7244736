// Package machine describes the machine on which something is measured.
package machine

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// A Machine is where a measurement ran. What the system does not tell is "unknown".
type Machine struct {
	CPU       string
	Cores     int // that Go uses
	OS, Arch  string
	GoVersion string
	Load      string // the load average of the last minute, before the measurement
}

// Describe returns the machine that the program runs on.
func Describe() Machine {
	return Machine{
		CPU:       field("/proc/cpuinfo", "model name"),
		Cores:     runtime.GOMAXPROCS(0),
		OS:        runtime.GOOS,
		Arch:      runtime.GOARCH,
		GoVersion: runtime.Version(),
		Load:      load(),
	}
}

// Busy reports whether others used the machine too. Then ratios still compare like with
// like, but what depends on a free processor looks worse than it is.
func (m Machine) Busy() bool {
	load, err := strconv.ParseFloat(m.Load, 64)
	return err == nil && load > 0.5
}

// field returns the value of the first line "name : value" of a file, or "unknown".
func field(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// load returns how many processes wanted to run in the last minute, or "unknown".
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
