package directive

import (
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/about"
	"github.com/asyncgen/asyncgen/internal/spell"
)

// Words that are reserved for later versions.
var (
	reservedDirectives = []string{"batch", "call", "front", "group", "handler", "loop"}
	reservedArguments  = []string{"cache", "gather", "latest", "linger", "max", "overflow", "priority", "retry", "share", "timeout"}
)

// strange returns the message and the hint for an unknown or a reserved word. kind is "directive" or
// "argument", and prefix is the text before the word in the source.
func strange(kind, prefix, word string, known, reserved []string) (message, hint string) {
	if slices.Contains(reserved, word) {
		return kind + " " + prefix + word + " is reserved: it has no meaning yet", all(prefix, known) + later()
	}
	return "unknown " + kind + " " + prefix + word, suggestion(prefix, word, known) + later()
}

// later returns the end of the hint for an unknown word: the version of the tool, which may be
// older than the source, and the command for an update.
func later() string {
	return "; this is asyncgen " + about.Release() + ", and the source may be written for a later one: " +
		"go get -tool github.com/asyncgen/asyncgen/cmd/asyncgen@latest"
}

// suggestion returns a hint with the nearest known name, and all known names.
func suggestion(prefix, word string, known []string) string {
	if best := spell.Nearest(word, known); best != "" {
		return "did you mean " + prefix + best + "? K" + all(prefix, known)[1:]
	}
	return all(prefix, known)
}

// all returns a hint with the known names.
func all(prefix string, known []string) string {
	list := make([]string, len(known))
	for i, k := range known {
		list[i] = prefix + k
	}
	return "known are " + strings.Join(list, ", ")
}
