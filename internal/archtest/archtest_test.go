// Package archtest holds the repository to its architecture: which package may
// import which, and which may print or exit. It consists of tests alone.
//
// The table in [architecture] is the whole truth; docs/architecture.md explains
// it. A new package needs a row before it builds.
package archtest_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/asyncgen/asyncgen"
)

// architecture is the table, from the command down to the leaves.
func architecture() []rule {
	const (
		jennifer   = "github.com/dave/jennifer"
		goPackages = "golang.org/x/tools/go/packages"
		checks     = "golang.org/x/tools/go"
		textDiff   = "github.com/rogpeppe/go-internal/diff"
	)
	leaves := []string{"internal/diag", "internal/model"}
	return []rule{
		{dir: "."}, // tests of the documents
		{dir: "cmd/asyncgen", imports: []string{"internal/cli"}, output: true},
		{dir: "cmd/asyncvet", imports: []string{"analysis", "internal/about", "internal/goenv", "internal/spell"}, external: []string{checks}, output: true},
		{dir: "analysis", imports: []string{"analysis/internal/..."}, external: []string{checks}, never: []string{"loop/...", "internal/cli"}},
		{
			dir:      "analysis/internal/...",
			imports:  []string{"analysis/internal/...", "internal/..."},
			external: []string{checks},
			never:    []string{"loop/...", "generator", "internal/load", "internal/cli"},
		},
		{dir: "internal/cli", imports: []string{"generator", "internal/about", "internal/diag", "internal/goenv", "internal/overlay", "internal/spell", "internal/subject"}, output: true},
		{
			dir:      "generator",
			imports:  []string{"internal/...", "templates"},
			external: []string{textDiff},
			never:    []string{"loop/...", "internal/cli"},
		},
		{dir: "internal/emit", imports: append(leaves, "internal/names", "templates")},
		{dir: "templates", imports: leaves, external: []string{jennifer}},
		{dir: "internal/load", imports: append(leaves, "internal/cache", "internal/goenv"), external: []string{goPackages}},
		{dir: "internal/loopchoice", imports: leaves},
		{dir: "internal/parse", imports: append(leaves, "internal/directive", "internal/ident", "internal/loopchoice")},
		{dir: "internal/names", imports: append(leaves, "internal/ident")},
		{dir: "internal/directive", imports: append(leaves, "internal/about", "internal/ident", "internal/spell")},
		{dir: "internal/verify", imports: append(leaves, "internal/loopchoice", "internal/receiver")},
		{dir: "internal/inplace", imports: append(leaves, "internal/loopchoice", "internal/names")},
		{dir: "internal/goenv"},
		{dir: "internal/cache"},
		{dir: "internal/overlay"},
		{dir: "internal/model", imports: []string{"internal/ident"}},
		{dir: "internal/ident"},
		{dir: "internal/diag"},
		{dir: "internal/receiver"},
		{dir: "internal/spell"},
		{dir: "internal/machine"},
		{dir: "internal/archtest"},
		// They run the command as a process, as a user does.
		{dir: "internal/corpus", imports: []string{"internal/inplace", "internal/model", "internal/receiver"}},
		{dir: "internal/turns"},
		{dir: "internal/vetproof", imports: []string{"internal/corpus", "internal/receiver"}},
		{dir: "internal/vetproof/cmd/vetproof", imports: []string{"internal/document", "internal/vetproof"}, output: true},
		{
			dir:      "internal/vetproof/cmd/vetbench",
			imports:  []string{"internal/document", "internal/machine", "analysis", "generator"},
			external: []string{checks}, output: true,
		},
		{dir: "internal/corpus/cmd/...", imports: []string{"internal/corpus", "internal/machine", "internal/turns"}, output: true},
		{dir: "internal/...", imports: leaves},
		{dir: "loop", imports: []string{"loop/internal/..."}, without: []string{"net/http"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "loop/loopimpl", imports: []string{"loop", "loop/internal/door"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "loop/loophttp", imports: []string{"loop", "loop/loopimpl"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "loop/internal/...", never: []string{"loop", "generator", "templates", "internal/...", "cmd/..."}},
		{dir: "loop/...", imports: []string{"loop/..."}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "observe", imports: []string{"loop"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "remote", imports: []string{"loop", "remote/engine", "remote/internal/door"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "remote/engine", imports: []string{"loop"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "remote/internal/door", imports: []string{"remote/engine"}, never: []string{"loop", "generator", "templates", "internal/...", "cmd/..."}},
		{
			dir: "remote/remoteimpl", imports: []string{"loop", "loop/loopimpl", "remote", "remote/engine", "remote/internal/door"},
			never: []string{"generator", "templates", "internal/...", "cmd/..."},
		},
		{dir: "remote/...", imports: []string{"loop", "remote", "remote/engine"}, never: []string{"generator", "templates", "internal/...", "cmd/..."}},
		{dir: "examples/...", imports: []string{"loop/...", "examples/..."}, output: true},
	}
}

func TestArchitecture(t *testing.T) {
	t.Parallel()
	pkgs, err := scan(os.DirFS(root))
	require.NoError(t, err)
	require.NotEmpty(t, pkgs, "no package found in %s", root)
	for _, violation := range check(module, architecture(), pkgs) {
		t.Error(violation)
	}
}

// TestTableIsInUse keeps rows from surviving the packages they were written for.
func TestTableIsInUse(t *testing.T) {
	t.Parallel()
	pkgs, err := scan(os.DirFS(root))
	require.NoError(t, err)
	for _, r := range architecture() {
		used := false
		for _, p := range pkgs {
			used = used || match(r.dir, p.dir)
		}
		require.True(t, used, "no package matches the row for %s", r.dir)
	}
}

// TestCheckFails feeds the checker trees that break one rule each: a checker that
// cannot fail would pass as well.
func TestCheckFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, source string
		want               []string
	}{
		{
			"cmd reaches past cli", "cmd/asyncgen/main.go",
			`package main; import "github.com/asyncgen/asyncgen/generator"`,
			[]string{"cmd/asyncgen/main.go: imports github.com/asyncgen/asyncgen/generator"},
		},
		{
			"generator imports loop", "generator/x.go",
			`package generator; import "github.com/asyncgen/asyncgen/loop"`,
			[]string{"generator/x.go: imports github.com/asyncgen/asyncgen/loop"},
		},
		{
			"test of generator imports loop", "generator/x_test.go",
			`package generator; import "github.com/asyncgen/asyncgen/loop"`,
			[]string{"generator/x_test.go: imports github.com/asyncgen/asyncgen/loop"},
		},
		{
			"loop imports net/http", "loop/x.go",
			`package loop; import "net/http"`,
			[]string{"loop/x.go: imports net/http"},
		},
		{
			"loop imports generator", "loop/x.go",
			`package loop; import "github.com/asyncgen/asyncgen/generator"`,
			[]string{"loop/x.go: imports github.com/asyncgen/asyncgen/generator"},
		},
		{
			"loop imports a module", "loop/sub/x.go",
			`package sub; import "golang.org/x/sync/errgroup"`,
			[]string{"loop/sub/x.go: imports golang.org/x/sync/errgroup"},
		},
		{
			"cgo", "loop/x.go",
			`package loop; import "C"`,
			[]string{"loop/x.go: imports C"},
		},
		{
			"jennifer outside templates", "internal/names/x.go",
			`package names; import . "github.com/dave/jennifer/jen"`,
			[]string{"internal/names/x.go: imports github.com/dave/jennifer/jen"},
		},
		{
			"go/packages outside load", "internal/verify/x.go",
			`package verify; import "golang.org/x/tools/go/packages"`,
			[]string{"internal/verify/x.go: imports golang.org/x/tools/go/packages"},
		},
		{
			"testify outside tests", "internal/cli/x.go",
			`package cli; import "github.com/stretchr/testify/require"`,
			[]string{"internal/cli/x.go: imports github.com/stretchr/testify/require"},
		},
		{
			"testscript outside tests", "generator/x.go",
			`package generator; import "github.com/rogpeppe/go-internal/testscript"`,
			[]string{"generator/x.go: imports github.com/rogpeppe/go-internal/testscript"},
		},
		{
			"a prefix is not a path", "templates/x.go",
			`package templates; import "github.com/dave/jennifer2"`,
			[]string{"templates/x.go: imports github.com/dave/jennifer2"},
		},
		{
			"printing under another name", "generator/x.go",
			`package generator; import ( f "fmt"; "os" ); func x() { f.Println(); os.Exit(1); println() }`,
			[]string{"generator/x.go: uses fmt.Println", "generator/x.go: uses os.Exit", "generator/x.go: uses println"},
		},
		{
			"logging", "loop/x.go",
			`package loop; import "log"; func x() { log.Fatalf("") }`,
			[]string{"loop/x.go: uses log.Fatalf"},
		},
		{
			"no row", "util/x.go",
			`package util`,
			[]string{"util: no row of the table covers this package"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pkgs, err := scan(fstest.MapFS{test.file: {Data: []byte(test.source)}})
			require.NoError(t, err)
			require.Equal(t, test.want, check(module, architecture(), pkgs))
		})
	}
}

func TestCheckAllows(t *testing.T) {
	t.Parallel()
	pkgs, err := scan(fstest.MapFS{
		"cmd/asyncgen/main.go":  {Data: []byte(`package main; import ("os"; "github.com/asyncgen/asyncgen/internal/cli"); func main() { os.Exit(cli.X) }`)},
		"generator/x_test.go":   {Data: []byte(`package generator; import ("fmt"; "github.com/stretchr/testify/require"); func x() { fmt.Println() }`)},
		"loop/x.go":             {Data: []byte(`package loop; import ("fmt"; "sync"); func x() { fmt.Sprint() }`)},
		"loop/looptest/x.go":    {Data: []byte(`package looptest; import "github.com/asyncgen/asyncgen/loop"`)},
		"templates/x.go":        {Data: []byte(`package templates; import "github.com/dave/jennifer/jen"`)},
		"internal/load/x.go":    {Data: []byte(`package load; import "golang.org/x/tools/go/packages"`)},
		"nested/go.mod":         {Data: []byte("module nested")},
		"nested/x.go":           {Data: []byte(`package nested; import "example.com/other"`)},
		"loop/testdata/bad.go":  {Data: []byte(`this is no Go`)},
		".hidden/x.go":          {Data: []byte(`this is no Go`)},
		"internal/model/sub.md": {Data: []byte(`no Go`)},
	})
	require.NoError(t, err)
	require.Empty(t, check(module, architecture(), pkgs))
	var dirs []string
	for _, p := range pkgs {
		dirs = append(dirs, p.dir)
	}
	require.Equal(t, []string{"cmd/asyncgen", "generator", "internal/load", "loop", "loop/looptest", "templates"}, dirs)
}

func TestScanReportsErrors(t *testing.T) {
	t.Parallel()
	_, err := scan(fstest.MapFS{"x/x.go": {Data: []byte("this is no Go")}})
	require.Error(t, err)
	_, err = scan(os.DirFS("does-not-exist"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}
