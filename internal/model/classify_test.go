package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
)

func TestHasHeader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		model.Header + "\n\npackage p\n":             true,
		model.Header + "\r\n\r\npackage p\r\n":       true,
		"// note\n\n" + model.Header + "\npackage p": true,
		"package p\n" + model.Header + "\n":          false,
		"// " + model.Header + "\npackage p\n":       false,
		"":                                           false,
	} {
		require.Equal(t, want, model.HasHeader([]byte(text)), text)
	}
}
