package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// scripts holds one archive per behaviour of the command, relative to this package.
const scripts = "../../testdata/script"

var update = flag.Bool("update", false, "rewrite the expectations in the archives")

// TestMain lets scripts run this test binary as asyncgen, so that they exercise
// what is being tested and nothing has to be built first.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"asyncgen": main})
}

func TestScript(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs("../..")
	require.NoError(t, err)
	requireArchives(t)
	env := goEnv(t)
	testscript.Run(t, testscript.Params{
		Dir:                 scripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			e.Vars = append(e.Vars, "REPO="+repo)
			e.Values[savedTimes{}] = make(map[string]os.FileInfo)
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  cmdExits,
			"module": cmdModule,
			"mtime":  cmdMtime,
		},
	})
}

// condition answers what scripts may ask in brackets besides what testscript knows.
func condition(name string) (bool, error) {
	if name == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %s", name)
}

// requireArchives fails unless there are archives and nothing else: a misspelt
// extension would silently take a test out of the run.
func requireArchives(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(scripts)
	require.NoError(t, err)
	require.NotEmpty(t, entries, "no archive in %s", scripts)
	for _, entry := range entries {
		require.False(t, entry.IsDir(), "%s is a directory", entry.Name())
		require.Equal(t, ".txtar", filepath.Ext(entry.Name()), "%s is no archive", entry.Name())
	}
}

// goEnv returns the variables that the go command needs in a script, which has a
// home of its own. The network is off: the modules of scripts need nothing from it.
func goEnv(t *testing.T) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOROOT"}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"env"}, names...)...).Output()
	require.NoError(t, err)
	values := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, values, len(names))
	env := []string{
		"GOFLAGS=", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOTELEMETRY=off",
		// A program with the race detector sleeps for a second before it exits, unless told not to.
		"GORACE=atexit_sleep_ms=0",
	}
	for i, name := range names {
		env = append(env, name+"="+strings.TrimSpace(values[i]))
	}
	return env
}
