package load_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/load"
)

// cgoTree is a module with packages that use cgo, directly and through another one, and
// with a C compiler that never works. It returns the configuration, and the file in which
// the compiler leaves a trace.
func cgoTree(t *testing.T) (cfg load.Config, trace string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("writes a shell script")
	}
	dir := tree(t, map[string]string{
		"cgo/c.go":     "package cgo\n\n// typedef int number;\n// static number one(void) { return 1; }\nimport \"C\"\n\ntype T struct{ n C.number }\n\nfunc One() int { return int(C.one()) }\n",
		"cgo/plain.go": "package cgo\n\ntype Plain int\n",
		"above/a.go":   "package above\n\nimport \"example.com/m/cgo\"\n\ntype T = cgo.T\n",
		"root/r.go":    "package root\n\nimport (\n\t\"strings\"\n\n\t\"example.com/m/above\"\n\t\"example.com/m/cgo\"\n)\n\n//asyncgen:bridge\nfunc F(above.T, cgo.Plain, *strings.Reader) {}\n",
	})
	trace = filepath.Join(t.TempDir(), "trace")
	compiler := filepath.Join(t.TempDir(), "cc")
	require.NoError(t, os.WriteFile(compiler, []byte("#!/bin/sh\necho \"$@\" >> '"+trace+"'\nexit 1\n"), 0o700)) //nolint:gosec // a program
	return load.Config{Dir: dir, Env: append(off(), "CGO_ENABLED=1", "CC="+compiler)}, trace
}

// checkRoot checks package root with generated code, and returns the errors.
func checkRoot(t *testing.T, cfg load.Config, generated string) (errors []string) {
	t.Helper()
	ctx := context.Background()
	ahead := load.LookAhead(ctx, cfg, []string{"./root"})
	defer ahead.Close()
	run, err := load.Packages(ctx, cfg, []string{"./root"})
	require.NoError(t, err)
	dirs := []string{filepath.Join(cfg.Dir, "root")}
	cfg.Overlay = map[string][]byte{filepath.Join(dirs[0], "async_gen.go"): []byte("package root\n\n" + generated)}
	checked, err := load.Check(ctx, cfg, load.Checking{Dirs: dirs, Changed: dirs, Run: run, Plain: true, Ahead: ahead})
	require.NoError(t, err)
	require.Len(t, checked, 1)
	for _, e := range checked[0].Errors {
		errors = append(errors, e.Msg)
	}
	return errors
}

const (
	good = "import (\n\t\"strings\"\n\n\t\"example.com/m/above\"\n\t\"example.com/m/cgo\"\n)\n\nvar (\n\tX above.T\n\tY cgo.Plain = 1\n\tZ strings.Reader\n\tN int = cgo.One()\n)\n"
	bad  = "import (\n\t\"strings\"\n\n\t\"example.com/m/cgo\"\n)\n\nvar (\n\tX cgo.Nothing\n\tY cgo.Plain = \"\"\n\tZ strings.Nothing\n)\n"
)

func TestCgoIsNotCompiled(t *testing.T) {
	t.Parallel()
	cfg, trace := cgoTree(t)
	require.Empty(t, checkRoot(t, cfg, good))
	require.Len(t, checkRoot(t, cfg, bad), 3)
	require.NoFileExists(t, trace, "the C compiler was started")
}

// TestSlowCompiler has a go command that never finishes to compile. All imports are
// checked from source then, and mistakes are found as well.
func TestSlowCompiler(t *testing.T) {
	cfg, trace := cgoTree(t)
	real, err := filepath.EvalSymlinks(filepath.Join(runtimeRoot(t), "bin", "go"))
	require.NoError(t, err)
	bin := t.TempDir()
	script := "#!/bin/sh\ncase \" $* \" in *\" -export \"*) exec /bin/sleep 100;; esac\nexec '" + real + "' \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700)) //nolint:gosec // a program
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cfg.CompileLimit = 10 * time.Millisecond
	require.Empty(t, checkRoot(t, cfg, good))
	require.Len(t, checkRoot(t, cfg, bad), 3)
	require.NoFileExists(t, trace, "the C compiler was started")
}

func TestProgressNamesTheSteps(t *testing.T) {
	t.Parallel()
	cfg, _ := cgoTree(t)
	steps := make(chan string, 100)
	cfg.Progress = func(p load.Progress) { steps <- p.String() }
	require.Empty(t, checkRoot(t, cfg, good))
	close(steps)
	var all []string
	for s := range steps {
		all = append(all, s)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"which lists packages", "which compiles ", "type-checking (0 of 1)"} {
		require.Contains(t, text, want)
	}
}

func runtimeRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
