package spell_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/spell"
)

func TestNearestFlag(t *testing.T) {
	t.Parallel()
	names := []string{"C", "check", "diff", "help", "json", "list", "noverify", "tags", "v", "version"}
	for typed, want := range map[string]string{
		"Check":     "check",
		"cheque":    "",
		"chekc":     "check",
		"no-verify": "noverify",
		"tag":       "tags",
		"c":         "C",
		"verbose":   "",
		"x":         "",
		"":          "",
	} {
		require.Equal(t, want, spell.Nearest(typed, names), "typed %q", typed)
	}
}

func TestNearestArgument(t *testing.T) {
	t.Parallel()
	names := []string{"name", "loop", "key", "signature", "abandon", "nonreentrant"}
	for typed, want := range map[string]string{
		"nmae":      "name",
		"onloop":    "loop",
		"ky":        "key",
		"reentrant": "nonreentrant", // long words may be further off
		"signal":    "",
		"queue":     "",
	} {
		require.Equal(t, want, spell.Nearest(typed, names), "typed %q", typed)
	}
}

// TestNearestIsFirst: of words that are equally close the first is as good as any,
// and always the same.
func TestNearestIsFirst(t *testing.T) {
	t.Parallel()
	require.Equal(t, "tape", spell.Nearest("taxe", []string{"tape", "take", "tame"}))
	require.Equal(t, "take", spell.Nearest("takes", []string{"tape", "take", "tame"}))
}
