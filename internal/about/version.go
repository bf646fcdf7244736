// Package about is what the commands print about themselves.
package about

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version describes the running binary of a command, by the version information of the go command
// in it.
func Version(command string) string {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = moduleVersion(info)
	}
	return fmt.Sprintf("%s %s %s %s/%s\n", command, version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// module is the path of asyncgen's module.
const module = "github.com/asyncgen/asyncgen"

// Release returns the version of asyncgen in the running program, which may be a program of
// another module that bundles the checks.
func Release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return release(info)
}

func release(info *debug.BuildInfo) string {
	for _, dep := range info.Deps {
		if dep.Path != module {
			continue
		}
		if dep.Replace != nil {
			dep = dep.Replace
		}
		if dep.Version != "" {
			return dep.Version
		}
		return "(devel)"
	}
	return moduleVersion(info)
}

// moduleVersion returns the version of the main module. A build in a checkout
// without a version stamp has none, and its revision identifies it.
func moduleVersion(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := "(devel)"
	if revision := settings["vcs.revision"]; revision != "" {
		version += " " + revision
		if settings["vcs.modified"] == "true" {
			version += "+dirty"
		}
	}
	return version
}
