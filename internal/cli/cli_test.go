package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/about"
	"github.com/asyncgen/asyncgen/internal/cli"
)

// invoke runs the command in dir and returns its status and output.
func invoke(ctx context.Context, t *testing.T, dir string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = cli.Run(ctx, cli.Process{
		Args:       args,
		Executable: "/usr/bin/asyncgen",
		Dir:        dir,
		Env:        os.Environ(),
		Stdout:     &out,
		Stderr:     &err,
		Manual:     "// Manual text.\n//\n//\tindented\npackage main\n",
	})
	return status, out.String(), err.String()
}

func TestRunHelp(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := invoke(t.Context(), t, "", "-h")
	require.Equal(t, 0, status)
	require.Equal(t, "Manual text.\n\n    indented\n", stdout)
	require.Empty(t, stderr)
}

func TestRunVersion(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := invoke(t.Context(), t, "", "-version")
	require.Equal(t, 0, status)
	require.Regexp(t, `^asyncgen \S.* go1\S* \w+/\w+\n$`, stdout)
	require.Empty(t, stderr)
}

func TestRunWrongUsage(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := invoke(t.Context(), t, "", "-chek")
	require.Equal(t, 2, status)
	require.Empty(t, stdout)
	require.Equal(t, "asyncgen: unknown flag -chek\n\thint: did you mean -check? \"asyncgen -h\" prints the manual\n", stderr)
}

func TestRunChangesDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	for arg, want := range map[string]string{
		"none": "asyncgen: -C none: there is no such directory\n",
		"file": "asyncgen: -C file: this is not a directory\n",
	} {
		status, stdout, stderr := invoke(t.Context(), t, dir, "-C", arg)
		require.Equal(t, 2, status)
		require.Empty(t, stdout)
		require.Contains(t, stderr, want)
	}
}

func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	status, stdout, stderr := invoke(ctx, t, dir)
	require.Equal(t, 2, status)
	require.Empty(t, stdout)
	require.Equal(t, "asyncgen: interrupted, nothing was written\n", stderr)
}

// full is a device without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestRunReportsLostOutput(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	status := cli.Run(t.Context(), cli.Process{Args: []string{"-version"}, Stdout: full{}, Stderr: &stderr})
	require.Equal(t, 2, status)
	require.Equal(t, "asyncgen: writing the output: no space left\n", stderr.String())
}

func TestInvocation(t *testing.T) {
	t.Parallel()
	cached := strings.Repeat("0a", 32) + "-d"
	for executable, want := range map[string]string{
		"/home/u/go/bin/asyncgen":                            "asyncgen",
		"/tmp/go-build3021/b001/exe/asyncgen":                "go run github.com/asyncgen/asyncgen/cmd/asyncgen",
		"/home/u/.cache/go-build/0a/" + cached + "/asyncgen": "go tool asyncgen",
		"/opt/tools-d/asyncgen":                              "asyncgen",
	} {
		require.Equal(t, want, cli.Invocation(executable), "executable %s", executable)
	}
}

// TestManualIsComplete compares the manual with the flags that exist.
func TestManualIsComplete(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../cmd/asyncgen/doc.go")
	require.NoError(t, err)
	manual, err := about.Manual(string(source))
	require.NoError(t, err)
	for _, name := range append(cli.FlagNames(), "h") {
		require.Regexp(t, `(?m)^    -`+name+` `, manual, "flag -%s is not in the manual", name)
	}
	require.NotRegexp(t, `(?m)^.{100}`, manual, "a line of the manual is too long for a terminal")
}
