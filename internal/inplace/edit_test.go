package inplace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/inplace"
)

func TestApply(t *testing.T) {
	t.Parallel()
	edits := []inplace.Edit{{Offset: 5, Length: 1, Text: "F"}, {Offset: 0, Length: 2, Text: "x"}, {Offset: 3, Text: "-"}}
	require.Equal(t, "xc-deF", string(inplace.Apply([]byte("abcdef"), edits)))
	require.Equal(t, []inplace.Edit{{Offset: 5, Length: 1, Text: "F"}, {Offset: 0, Length: 2, Text: "x"}, {Offset: 3, Text: "-"}}, edits, "the caller's")
	require.Equal(t, "ab", string(inplace.Apply([]byte("ab"), nil)))
}

func TestPositioned(t *testing.T) {
	t.Parallel()
	require.Equal(t, "//line /d/a b.go:1:1\npackage p\r\n", string(inplace.Positioned("/d/a b.go", []byte("\xef\xbb\xbfpackage p\r\n"))))
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{
		"help()": true, "x.help(1)": true, "(help)": true, "help": true, "a help b": true, "xhelp help": true,
		"helper()": false, "myhelp()": false, "_help": false, "help2": false, "élp, ähelp, helpä": false, "": false,
	} {
		require.Equal(t, want, inplace.Mentions([]byte(src), "help"), src)
	}
}
