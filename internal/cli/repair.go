package cli

import (
	"path/filepath"
	"strings"
)

// commandPath is where the go command finds this program.
const commandPath = "github.com/asyncgen/asyncgen/cmd/asyncgen"

// repair returns the command that brings the files of this run up to date, as
// the user would type it in the same place.
func (r run) repair() string {
	var words []string
	if r.Generate.Dir != "" {
		words = append(words, "-C", r.Generate.Dir)
	}
	if r.NoVerify {
		words = append(words, "-noverify")
	}
	if r.Tags != "" {
		words = append(words, "-tags", r.Tags)
	}
	words = append(words, r.Patterns...)
	return strings.TrimSuffix(invocation(r.Executable)+" "+quoteAll(words), " ")
}

// invocation guesses from the path of the running binary how the user started
// it. "go run" builds into a temporary directory, "go tool" into the build
// cache; everything else is found on the PATH.
func invocation(executable string) string {
	dir := filepath.ToSlash(filepath.Dir(executable))
	switch {
	case strings.Contains(dir, "/go-build") && strings.HasSuffix(dir, "/exe"):
		return "go run " + commandPath
	case strings.HasSuffix(dir, "-d") && len(filepath.Base(dir)) == 66:
		return "go tool asyncgen"
	default:
		return "asyncgen"
	}
}
