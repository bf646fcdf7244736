package load_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/load"
	"github.com/asyncgen/asyncgen/internal/model"
)

const generated = model.Header + "\n\npackage p\n"

// off keeps a driver on the path of whoever runs the tests out of them.
func off() []string { return append(os.Environ(), "GOPACKAGESDRIVER=off") }

func TestGuess(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"a/a.go":             "package a\n\nimport (\n\t\"io\"\n\t\"example.com/m/b\"\n)\n\n//asyncgen:bridge\nfunc F(io.Reader, b.T) {}\n",
		"a/other.go":         "package a\n\nimport \"C\"\nimport _ \"unsafe\"\nimport _ \"sort\"\n",
		"a/a_test.go":        "package a\n\nimport _ \"testing\"\n",
		"a/a_plan9.go":       "package a\n\nimport _ \"net\"\n",
		"b/b.go":             "package b\n\nimport _ \"os\"\n\ntype T int\n",
		"m2/go.mod":          "module example.com/m2\n",
		"m2/m.go":            "package m2\n\nimport _ \"bytes\"\n\n//asyncgen:bridge\nfunc F() {}\n",
		"done/d.go":          "package done\n\nimport _ \"log\"\n\n//asyncgen:bridge\nfunc F() {}\n",
		"done/async_gen.go":  generated,
		"stale/s.go":         "package stale\n\nimport _ \"math\"\n\n//asyncgen:bridge\nfunc F() {}\n",
		"stale/async_gen.go": generated,
	})
	past := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "done", "d.go"), past, past))
	require.NoError(t, os.Chtimes(filepath.Join(dir, "stale", "async_gen.go"), past, past))

	always := []string{"context", model.RuntimePath, model.ImplPath}
	for name, test := range map[string]struct {
		cfg      load.Config
		patterns []string
		want     []string
	}{
		"one package":                    {load.Config{Dir: dir}, []string{"./a"}, append(always, "example.com/m/b", "io", "sort")},
		"from within":                    {load.Config{Dir: filepath.Join(dir, "a")}, []string{"."}, append(always, "example.com/m/b", "io", "sort")},
		"a tree, without its own":        {load.Config{Dir: dir}, []string{"./..."}, append(always, "io", "math", "sort")},
		"no directive":                   {load.Config{Dir: dir}, []string{"./b"}, nil},
		"output newer than its source":   {load.Config{Dir: dir}, []string{"./done"}, nil},
		"source newer than its output":   {load.Config{Dir: dir}, []string{"./stale"}, append(always, "math")},
		"several":                        {load.Config{Dir: dir}, []string{"./done", "./stale"}, append(always, "math")},
		"a package that is no directory": {load.Config{Dir: dir}, []string{"example.com/m/a"}, nil},
		"no such directory":              {load.Config{Dir: dir}, []string{"./none", "./none/..."}, nil},
		"build tags":                     {load.Config{Dir: dir, Tags: "x"}, []string{"./a"}, nil},
		"an overlay":                     {load.Config{Dir: dir, Overlay: map[string][]byte{"/x.go": nil}}, []string{"./a"}, nil},
		"a query":                        {load.Config{Dir: dir}, []string{"./a", "pattern=./a"}, nil},
	} {
		test.cfg.Env = off()
		require.ElementsMatch(t, test.want, test.cfg.Guess(context.Background(), test.patterns...), name)
	}
}

// A guess that turned out not to be needed must not keep the run waiting.
func TestCloseEndsTheQuestion(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("writes a shell script")
	}
	dir := tree(t, map[string]string{"a.go": "package a\n\n//asyncgen:bridge\nfunc F() {}\n"})
	bin, started := t.TempDir(), filepath.Join(dir, "started")
	// The go command has children, which hold its output open when it is gone.
	script := "#!/bin/sh\n: > '" + started + "'\n/bin/sleep 20\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700)) //nolint:gosec // a program
	t.Setenv("PATH", bin)

	a := load.LookAhead(context.Background(), load.Config{Dir: dir, Env: []string{"GOPACKAGESDRIVER=off"}}, []string{"."})
	require.Eventually(t, func() bool {
		_, err := os.Stat(started)
		return err == nil
	}, 10*time.Second, time.Millisecond)
	start := time.Now()
	a.Close()
	require.Less(t, time.Since(start), 10*time.Second)
	require.Empty(t, a.Answer())
}

// Nobody has to come for an answer.
func TestCloseBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := tree(t, map[string]string{"a.go": "package a\n\n//asyncgen:bridge\nfunc F() {}\n"})
	a := load.LookAhead(ctx, load.Config{Dir: dir, Env: off()}, []string{"./..."})
	a.Close()
	require.Empty(t, a.Answer())
}
