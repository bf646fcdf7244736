package main

import (
	"cmp"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine is where the measurement ran.
type machine struct {
	CPU       string
	Cores     int
	OS, Arch  string
	GoVersion string
	Load      string // the load average before the measurement, if the system tells
}

func describeMachine() machine {
	m := machine{
		Cores: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		GoVersion: runtime.Version(), Load: "unknown",
	}
	// Where there are no such files, the page says that nothing is known.
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	m.CPU = cmp.Or(field(cpu, "model name"), "unknown")
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(text), " ")
	}
	return m
}

// Busy reports whether others used the machine too.
func (m machine) Busy() bool {
	load, err := strconv.ParseFloat(m.Load, 64)
	return err == nil && load > 0.5
}
