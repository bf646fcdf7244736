package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/cli"
)

// TestTerminalShowsTheSource compares the whole report: a caret that is one
// column off is worse than none.
func TestTerminalShowsTheSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("go.mod", "module m\n\ngo 1.26.0\n")
	write("p.go", "package p\n\n//asyncgen:bridge name=a-b\nfunc A() {}\n\n"+
		"func f() {\n\t//asyncgen:bridge\n}\n\n"+
		"/* \u00e4\u00f6 \x1b[1m */ type T struct{} //asyncgen:bridge\n")
	var out, err bytes.Buffer
	status := cli.Run(t.Context(), cli.Process{
		Args: []string{"-noverify"}, Executable: "asyncgen", Dir: dir, Env: os.Environ(),
		Stdout: &out, Stderr: &err, Terminal: true,
	})
	require.Equal(t, 1, status)
	golden, readErr := os.ReadFile("testdata/terminal.golden")
	require.NoError(t, readErr)
	require.Equal(t, string(golden), err.String())
}
