package load_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/load"
)

// chain is a module in which a imports b and b imports c. Package lone imports
// none of them, and wrong does not compile.
func chain(t *testing.T) string {
	return tree(t, map[string]string{
		"a/a.go":       "package a\n\nimport (\n\t\"io\"\n\n\t\"example.com/m/b\"\n)\n\nvar _ b.T\nvar _ io.Reader\n",
		"b/b.go":       "package b\n\nimport \"example.com/m/c\"\n\ntype T = c.T\n",
		"c/c.go":       "package c\n\nimport _ \"sort\"\n\ntype T int\n",
		"lone/lone.go": "package lone\n\nimport _ \"strings\"\n",
		"user/user.go": "package user\n\nimport _ \"example.com/m/wrong\"\n",
		"wrong/w.go":   "package wrong\n\nvar X int = \"\"\n",
	})
}

func TestQuickGraph(t *testing.T) {
	t.Parallel()
	dir := chain(t)
	at := func(names ...string) (dirs []string) {
		for _, name := range names {
			dirs = append(dirs, filepath.Join(dir, name))
		}
		return dirs
	}
	m := func(names ...string) (paths []string) {
		for _, name := range names {
			paths = append(paths, "example.com/m/"+name)
		}
		return paths
	}
	for name, test := range map[string]struct {
		patterns        []string
		changed         []string
		source, exports []string
		ok              bool
	}{
		"one package":                         {[]string{"./..."}, at("a"), m("a"), append(m("b"), "io"), true},
		"two without each other":              {[]string{"./..."}, at("c", "lone"), m("c", "lone"), []string{"sort", "strings"}, true},
		"what lies between is source":         {[]string{"./..."}, at("a", "c"), m("a", "b", "c"), []string{"io", "sort"}, true},
		"what lies between is not in the run": {[]string{"./a", "./c"}, at("a", "c"), nil, nil, false},
		"an import does not compile":          {[]string{"./..."}, at("user"), nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cfg := context.Background(), load.Config{Dir: dir, Env: off()}
			run, err := load.Packages(ctx, cfg, test.patterns)
			require.NoError(t, err)
			c := load.Checking{Dirs: test.changed, Changed: test.changed, Run: run, Plain: true}
			source, exports, ok := c.Quick(ctx, cfg)
			require.Equal(t, test.ok, ok)
			require.Equal(t, test.source, source)
			require.Equal(t, test.exports, exports)
		})
	}
}

// Where the quick way does not know everything, it leaves the question to
// go/packages, and the answer is the same.
func TestQuickGraphKnowsItsLimits(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), chain(t)
	cfg := load.Config{Dir: dir, Env: off()}
	run, err := load.Packages(ctx, cfg, []string{"./lone"})
	require.NoError(t, err)
	dirs := []string{filepath.Join(dir, "lone")}
	asked := cfg
	asked.Overlay = map[string][]byte{filepath.Join(dir, "x.go"): []byte("package x\n")}
	indirect, err := load.Packages(ctx, asked, []string{"./lone"})
	require.NoError(t, err)
	tagged := cfg
	tagged.Tags = "x"
	plain := load.Checking{Dirs: dirs, Changed: dirs, Run: run, Plain: true}
	for name, test := range map[string]struct {
		cfg    load.Config
		change func(*load.Checking)
		want   bool
	}{
		"everything is known":              {cfg, func(*load.Checking) {}, true},
		"tests":                            {cfg, func(c *load.Checking) { c.Tests = c.Dirs }, false},
		"a file with a build constraint":   {cfg, func(c *load.Checking) { c.Plain = false }, false},
		"build tags":                       {tagged, func(*load.Checking) {}, false},
		"packages that were not asked for": {cfg, func(c *load.Checking) { c.Run = indirect }, false},
	} {
		c := plain
		test.change(&c)
		_, _, ok := c.Quick(ctx, test.cfg)
		require.Equal(t, test.want, ok, name)
		checked, err := load.Check(ctx, test.cfg, c)
		require.NoError(t, err, name)
		require.NotEmpty(t, checked, name)
		require.Empty(t, checked[0].Errors, name)
	}
}

// A guess is worth nothing that asked for other packages, and harms nothing.
func TestWrongGuess(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), chain(t)
	write(t, dir, "lone/marked.go", "package lone\n\n//asyncgen:bridge\nfunc F() {}\n")
	cfg := load.Config{Dir: dir, Env: off()}
	ahead := load.LookAhead(ctx, cfg, []string{"./lone"})
	defer ahead.Close()
	require.Contains(t, ahead.Answer(), "strings")
	require.NotContains(t, ahead.Answer(), "unicode")

	path := filepath.Join(dir, "lone", "async_gen.go")
	cfg.Overlay = map[string][]byte{path: []byte("package lone\n\nimport \"unicode\"\n\nvar X = unicode.MaxRune + \"\"\n")}
	run, err := load.Packages(ctx, load.Config{Dir: dir, Env: off()}, []string{"./lone"})
	require.NoError(t, err)
	dirs := []string{filepath.Join(dir, "lone")}
	c := load.Checking{Dirs: dirs, Changed: dirs, Run: run, Plain: true, Ahead: ahead}
	_, exports, ok := c.Quick(ctx, cfg)
	require.True(t, ok)
	require.Equal(t, []string{"strings", "unicode"}, exports)
	checked, err := load.Check(ctx, cfg, c)
	require.NoError(t, err)
	require.Len(t, checked, 1)
	require.Len(t, checked[0].Errors, 1)
	require.Contains(t, checked[0].Errors[0].Msg, "mismatched types")
}
