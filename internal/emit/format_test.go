package emit_test

import (
	"go/format"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/emit"
)

func TestSameComments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"none":                  {"package p\n", "package p\n", true},
		"the same":              {"package p\n// A\nvar A int\n", "package p\n\n// A\nvar A int\n", true},
		"other indentation":     {"{\n// A\n}", "{\n\t// A\n}", true},
		"another text":          {"// A\n//  list\n", "// A\n//\n//\tlist\n", false},
		"one is gone":           {"// A\n// B\n", "// A\n", false},
		"after code":            {"var A int // A\n", "var A int // A\n", false},
		"a general comment":     {"func F(a /* b */ int)\n", "func F(a /* b */ int)\n", false},
		"its lines look plain":  {"/*\n// A\n*/\n", "/*\n// A\n*/\n", false},
		"a string like comment": {"var A = \"http://a\"\n", "var A = \"http://a\"\n", false},
	} {
		require.Equal(t, test.want, emit.SameComments([]byte(test.a), []byte(test.b)), name)
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
