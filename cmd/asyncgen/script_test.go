package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/asyncgen/asyncgen/internal/about"
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
	// What one script has learned about the standard library serves the next, as it does for users.
	env := append(goEnv(t), "PATH="+searchPath(t), "XDG_CACHE_HOME="+t.TempDir())
	testscript.Run(t, testscript.Params{
		Dir:                 scripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			e.Vars = append(e.Vars, "REPO="+repo, "VERSION="+about.Release())
			e.Values[savedTimes{}] = make(map[string]os.FileInfo)
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"module":   cmdModule,
			"mtime":    cmdMtime,
			"problems": cmdProblems,
			"steps":    cmdSteps,
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

// searchPath returns the PATH of scripts, in which asyncgen is this test binary.
//
// With the race detector it is a plain build instead: instrumented, the type check
// of each run takes a second, and the generator's own tests have run it already. What
// scripts run with the race detector is the code that asyncgen generates.
func searchPath(t *testing.T) string {
	t.Helper()
	path := os.Getenv("PATH")
	info, ok := debug.ReadBuildInfo()
	if !ok || !slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return path
	}
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", dir, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir + string(os.PathListSeparator) + path
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

// TestEveryDiagnosticHasAScript reads the codes from their source. Those of the
// 900s are bugs of asyncgen, which no input is known to provoke.
func TestEveryDiagnosticHasAScript(t *testing.T) {
	t.Parallel()
	codes, err := os.ReadFile("../../internal/diag/codes.go")
	require.NoError(t, err)
	found := regexp.MustCompile(`"(AG[0-8]\d\d)"`).FindAllSubmatch(codes, -1)
	require.NotEmpty(t, found)
	archives, err := filepath.Glob(filepath.Join(scripts, "*.txtar"))
	require.NoError(t, err)
	var all []byte
	for _, name := range archives {
		archive, err := os.ReadFile(name)
		require.NoError(t, err)
		all = append(all, archive...)
	}
	for _, code := range found {
		// The archives are too long to be shown when one lacks.
		require.True(t, strings.Contains(string(all), "["+string(code[1])+"]"), "no script provokes the diagnostic %s", code[1])
	}
}
