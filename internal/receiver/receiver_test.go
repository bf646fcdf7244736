package receiver_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/receiver"
)

func TestTypeName(t *testing.T) {
	t.Parallel()
	for recv, want := range map[string]string{
		"":               "",
		"()":             "",
		"(T)":            "T",
		"(t T)":          "T",
		"(t *T)":         "T",
		"(t (*T))":       "T",
		"(t *(T))":       "T",
		"(t *T[K])":      "T",
		"(t (T[K, V]))":  "T",
		"(t other.T)":    "",
		"(t []T)":        "",
		"(t *(T[_, _]))": "T",
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc "+recv+" F() {}", 0)
		require.NoError(t, err)
		require.Equal(t, want, receiver.TypeName(f.Decls[0].(*ast.FuncDecl)), "receiver %s", recv)
	}
}
