// Package goenv finds out what the go command takes from variables: those of the environment, and those that go env -w
// keeps in a file.
package goenv

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Get returns the value of a variable in env, which is as os.Environ returns it. Names are compared as the system does.
func Get(env []string, name string) string {
	value := ""
	for _, v := range env {
		n, text, _ := strings.Cut(v, "=")
		if n == name || runtime.GOOS == "windows" && strings.EqualFold(n, name) {
			value = text // the last one counts
		}
	}
	return value
}

// File returns where go env -w keeps variables, "" if nowhere. It reports false if that cannot be told from env.
func File(env []string) (string, bool) {
	switch file := Get(env, "GOENV"); file {
	case "off":
		return "", true
	case "":
	default:
		return file, true
	}
	// Only the process's own directory can be asked for.
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData", "home"} {
		if Get(env, name) != os.Getenv(name) {
			return "", false
		}
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", true
	}
	return filepath.Join(dir, "go", "env"), true
}

// Settings are the variables that are kept in a file.
type Settings string

// Read reads a file of variables; none is kept in one that is not there.
func Read(file string) (Settings, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return Settings(text), err
}

// Get returns the value of a variable.
func (s Settings) Get(name string) string {
	value := ""
	for line := range strings.Lines(string(s)) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			value = text
		}
	}
	return value
}

// Value returns what the go command takes a variable to be: what env says, and otherwise what is kept.
func (s Settings) Value(env []string, name string) string {
	if value := Get(env, name); value != "" {
		return value
	}
	return s.Get(name)
}
