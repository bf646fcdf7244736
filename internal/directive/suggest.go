package directive

import (
	"strings"

	"github.com/asyncgen/asyncgen/internal/spell"
)

// suggestion returns a hint with the nearest known name, and all known names.
func suggestion(prefix, word string, known []string) string {
	list := make([]string, len(known))
	for i, k := range known {
		list[i] = prefix + k
	}
	all := strings.Join(list, ", ")
	if best := spell.Nearest(word, known); best != "" {
		return "did you mean " + prefix + best + "? Known are " + all
	}
	return "known are " + all
}
