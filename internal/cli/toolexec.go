package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/internal/overlay"
)

// toolexec parses the arguments behind -toolexec: the overlay, and the command line of a tool.
func toolexec(args []string) (Command, error) {
	if len(args) < 2 || !strings.HasSuffix(args[0], ".json") {
		return nil, &UsageError{
			"-toolexec needs the file that -overlay has printed, and the go command adds a tool",
			`write: go test -cover -overlay="$o" -toolexec="asyncgen -toolexec $o" ./...`,
		}
	}
	return Toolexec{Overlay: args[0], Tool: args[1:]}, nil
}

// toolexec runs the tool. The go command hands the files of an overlay to all of its tools but cover, which gets the
// paths of the replaced files, and would undo the replacement.
func (p Process) toolexec(ctx context.Context, out io.Writer, t Toolexec) int {
	args := t.Tool[1:]
	if isCover(t.Tool[0]) {
		var err error
		if args, err = replaced(t.Overlay, args); err != nil {
			return p.fail(err)
		}
	}
	cmd := exec.CommandContext(ctx, t.Tool[0], args...)
	var version *bytes.Buffer
	if len(args) == 1 && args[0] == "-V=full" && isCover(t.Tool[0]) {
		version = &bytes.Buffer{}
		p.Stdout = version
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir = os.Stdin, p.Stdout, p.Stderr, p.Env, p.Dir
	err := cmd.Run()
	if version != nil {
		fmt.Fprintln(out, otherTool(version.String()))
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), statusProblem)
	}
	if err != nil {
		return p.fail(err)
	}
	return statusClean
}

func isCover(path string) bool { return strings.TrimSuffix(filepath.Base(path), ".exe") == "cover" }

// otherTool changes the version that a tool prints, so that the go command does not reuse its results from builds
// without -toolexec. Of a development version only the end counts.
func otherTool(version string) string {
	version = strings.TrimSpace(version)
	if strings.Contains(version, "devel") {
		return version + "overlay"
	}
	return version + " overlay"
}

// replaced substitutes the files of an overlay in the arguments of a tool.
func replaced(path string, args []string) ([]string, error) {
	replace, err := overlay.Read(path)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = arg
		if actual, ok := replace[arg]; ok {
			out[i] = actual
		}
	}
	return out, nil
}
