package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestScript runs asyncvet, alone and under the go command, on small modules. Both
// commands are plain builds: go vet wants a file, and what the race detector would find
// the tests of the checks have been run with.
func TestScript(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs("../..")
	require.NoError(t, err)
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", bin, "../asyncgen", ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	sum, err := os.ReadFile("../../go.sum")
	require.NoError(t, err)
	env := append(goEnv(t), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "ASYNCVET="+filepath.Join(bin, "asyncvet"), "REPOSITORY="+repo,
		// What one script has learned about the standard library serves the next. A program with the race
		// detector sleeps for a second before it exits, unless told not to.
		"XDG_CACHE_HOME="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/vet", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			mod := "module example.com/m\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => " + repo + "\n"
			if err := os.WriteFile(e.Cd+"/go.mod", []byte(mod), 0o600); err != nil {
				return fmt.Errorf("module of a script: %w", err)
			}
			return os.WriteFile(e.Cd+"/go.sum", sum, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and wants its status: exits 3 asyncvet ./...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ...")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := "0"
	if exit := (*exec.ExitError)(nil); err != nil {
		if !asExit(err, &exit) {
			ts.Fatalf("%v", err)
		}
		status = fmt.Sprint(exit.ExitCode())
	}
	if status != args[0] {
		ts.Fatalf("%s exits with %s, not %s", args[1], status, args[0])
	}
}

func asExit(err error, exit **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError) //nolint:errorlint // Exec returns it as it is
	*exit = e
	return ok
}

// goEnv is what the go command needs in a script, without a network.
func goEnv(t *testing.T) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOROOT"}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"env"}, names...)...).Output()
	require.NoError(t, err)
	env := []string{"GOFLAGS=-buildvcs=false", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOTELEMETRY=off"}
	for i, value := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		env = append(env, names[i]+"="+strings.TrimSpace(value))
	}
	return env
}
