package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
)

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		model.Header + "\n// Source: a.go. Output format 2.\n\npackage p\n":                              "2",
		model.Header + "\n// Source: a.go, b.go,\n// c.go.\n// Output format 10.\n//\n// x\npackage p\n": "10",
		model.Header + "\n\npackage p\n\n// Output format 3.\n":                                          "",
		"": "",
	} {
		require.Equal(t, want, model.FormatOf([]byte(src)), src)
	}
}
