package emit_test

import (
	"go/format"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/emit"
)

func TestSettled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"none":                  {"package p\n", true},
		"laid out":              {"package p\n\n// A is one.\n//\n// # Heading\n//\n//   - a\n//   - b\n//\n// And:\n//\n//\tcode\nvar A int\n", true},
		"a heading":             {"package p\n\n// A is one.\n//\n// A heading\n//\n// And text.\nvar A int\n", false},
		"a list":                {"package p\n\n// A is:\n//  - one\nvar A int\n", false},
		"an empty line at last": {"package p\n\n// A is.\n//\nvar A int\n", false},
		"not a doc comment":     {"package p\n\n// A is:\n//  - one\n\nvar A int\n", true},
		"in a function":         {"package p\n\nfunc F() {\n\t// A is:\n\t//  - one\n\tf()\n}\n", true},
		"a directive":           {"package p\n\n// F is.\n//\n//go:noinline\nfunc F() {}\n", false},
		"after code":            {"package p\n\nvar A int // A\n", false},
		"a general comment":     {"package p\n\nfunc F(a /* b */ int)\n", false},
		"several lines":         {"package p\n\n/*\nA is\n*/\nvar A int\n", false},
		"a string like comment": {"package p\n\nvar A = \"http://a\"\n", false},
	} {
		require.Equal(t, test.want, emit.Settled([]byte(test.text)), name)
	}
}

// TestFormattedIsFormatted compares with the formatter: its result for the result is
// the result, for texts that take one round and for texts that take more.
func TestFormattedIsFormatted(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"package p\nvar   A = 1\n",
		"package p\n// A is\n// one.\nvar   A = 1\n",
		"package p\n// A is:\n//  - one\n//    - two\n//  code\nvar A = 1\n",
		"package p\ntype T struct {\nA int // a\nBcd string // b\n}\n",
		"package p\nfunc F(a /* b */ int) { /* c */ }\n",
		"package p\n // A is one. \n // \n// A heading \n // \n // And text. \nfunc F() {}\n",
		"package p\n // A is one. \n // \n// A heading \n // \n // And text. \nvar A = `\n// a \n`\n",
		"package p\n//A\n//\n//\n//go:noinline\nfunc F() {}\n",
	} {
		once, err := emit.Formatted([]byte(src), nil)
		require.NoError(t, err)
		twice, err := format.Source(once)
		require.NoError(t, err)
		require.Equal(t, string(twice), string(once))
	}
	_, err := emit.Formatted([]byte("package"), nil)
	require.Error(t, err)
}

// TestFormattedKeepsStrings has a raw string with a line that looks like a comment.
func TestFormattedKeepsStrings(t *testing.T) {
	t.Parallel()
	const src = "package p\n\nvar A = `\n// a \n`\n"
	out, err := emit.Formatted([]byte(src), nil)
	require.NoError(t, err)
	require.Equal(t, src, string(out))
}
