package generator_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/names"
	"github.com/asyncgen/asyncgen/internal/parse"
	"github.com/asyncgen/asyncgen/internal/verify"
	"github.com/asyncgen/asyncgen/templates"
)

// FuzzSignatures makes programs and demands that every one that compiles is
// either bridged, and the result type-checks, or refused with a place. Programs
// that do not compile must not do harm.
func FuzzSignatures(f *testing.F) {
	random := rand.NewChaCha8([32]byte{})
	for range 40 {
		seed := make([]byte, 120)
		_, _ = random.Read(seed) // cannot fail
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { tryProgram(t, newProgram(data)) })
}

// TestPrograms runs some more of what the fuzz target runs, and sees to it that
// most programs get as far as being bridged: a fuzz target whose every input is
// refused finds nothing.
func TestPrograms(t *testing.T) {
	t.Parallel()
	const rounds = 600
	random := rand.NewChaCha8([32]byte{1})
	bridged := 0
	for range rounds {
		data := make([]byte, 160)
		_, _ = random.Read(data) // cannot fail
		if tryProgram(t, newProgram(data)) {
			bridged++
		}
	}
	require.Greater(t, bridged, rounds/4, "of %d programs too few were bridged", rounds)
}

// tryProgram generates for p. It reports whether p was valid and got bridges.
func tryProgram(t *testing.T, p *program) bool {
	t.Helper()
	w := sharedWorld(t)
	dir := parse.Directory{Path: "example.com/m/p", Dir: "/p", Module: "example.com/m", Elsewhere: w.elsewhere}
	sources := map[string]string{}
	for i, file := range p.files {
		path := fmt.Sprintf("/p/%c.go", 'a'+i)
		sources[path] = file.text.String()
		dir.Files = append(dir.Files, parse.Source{Path: path, Src: []byte(file.text.String()), Marked: true})
	}
	input := func() string { return listing(sources) }
	valid := len(hard(w.check(sources).Errors)) == 0

	tree := parse.Files(dir)
	tree.Needs()
	pkgs := tree.Build(map[string]string{"example.com/m/go-odd": "odd"}, w.exports())
	problems := tree.Diagnostics()
	outputs := map[string]verify.Output{}
	for _, pkg := range pkgs {
		plans, found := names.Plan(pkg)
		problems = append(problems, found...)
		for _, plan := range plans {
			src, err := templates.Render(plan)
			require.NoError(t, err)
			src, err = format.Source(src)
			require.NoError(t, err, "%s\n%s", input(), src)
			sources[plan.Path] = string(src)
			outputs[plan.Path] = verify.Output{File: plan, Package: pkg.Path}
		}
	}
	if len(problems) > 0 {
		requirePlaces(t, problems, input())
		return false
	}
	require.NotEmpty(t, outputs, "neither bridged nor refused:\n%s", input())
	if !valid {
		return false
	}
	return requireTypes(t, w.check(sources), outputs, input)
}

// requireTypes demands that what was generated type-checks, but for mistakes
// that are reported as the user's. It reports whether there were none.
func requireTypes(t *testing.T, in verify.Input, outputs map[string]verify.Output, input func() string) bool {
	t.Helper()
	problems := verify.Errors(in, outputs)
	requirePlaces(t, problems, input())
	for _, d := range problems {
		require.False(t, strings.HasPrefix(string(d.Code), "AG9"), "%s: %s\n%s", d.Pos, d.Message, input())
	}
	if len(problems) > 0 {
		return false
	}
	require.Empty(t, hard(in.Errors), input())
	for _, e := range in.Errors {
		_, generated := outputs[in.Fset.Position(e.Pos).Filename]
		require.False(t, generated, "%v\n%s", e, input())
	}
	return true
}

func requirePlaces(t *testing.T, problems []diag.Diagnostic, input string) {
	t.Helper()
	for _, d := range problems {
		require.True(t, d.Pos.IsValid() && d.Pos.Filename != "", "%s has no place\n%s", d.Message, input)
		require.NotEmpty(t, d.Hint, "%s\n%s", d.Message, input)
	}
}

// hard returns the errors that keep a program from running. Unused imports and
// variables do not count: programs have many.
func hard(list []types.Error) []types.Error {
	var out []types.Error
	for _, e := range list {
		if !e.Soft {
			out = append(out, e)
		}
	}
	return out
}

func listing(sources map[string]string) string {
	var b strings.Builder
	for _, name := range []string{"/p/a.go", "/p/b.go", "/p/async_gen.go"} {
		if text, ok := sources[name]; ok {
			fmt.Fprintf(&b, "-- %s --\n%s\n", name, text)
		}
	}
	return b.String()
}

// world is what programs import: the standard library and the runtime as export
// data, found by one go command, and a package of oddities.
type world struct {
	fset   *token.FileSet
	binary types.Importer
	odd    *types.Package
	mu     sync.Mutex // one reader of export data at a time: they resolve it as they go
}

const oddSource = `package odd

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

type Odd struct{}

type Ctx = context.Context

type GenericCtx[T any] = context.Context

type Same[T any] = []T

func Loop() *loop.Loop { return nil }
`

var sharedWorldOnce = sync.OnceValues(newWorld) //nolint:gochecknoglobals // made once for thousands of programs

func sharedWorld(t *testing.T) *world {
	t.Helper()
	w, err := sharedWorldOnce()
	require.NoError(t, err)
	return w
}

func newWorld() (*world, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}",
		"context", "math/rand", "math/rand/v2", "time", "iter", "cmp", "html/template", "net/http", "sort",
		"github.com/asyncgen/asyncgen/loop", "github.com/asyncgen/asyncgen/remote", "github.com/asyncgen/asyncgen/remote/remoteimpl")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	w := &world{fset: token.NewFileSet()}
	w.binary = importer.ForCompiler(w.fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, errors.New("not listed")
		}
		return os.Open(files[path])
	})
	f, err := parser.ParseFile(w.fset, "odd.go", oddSource, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: w}
	w.odd, err = conf.Check("example.com/m/go-odd", w.fset, []*ast.File{f}, nil)
	return w, err
}

// Import implements types.Importer.
func (w *world) Import(path string) (*types.Package, error) {
	switch {
	case path == "unsafe":
		return types.Unsafe, nil
	case path == "example.com/m/go-odd" && w.odd != nil:
		return w.odd, nil
	}
	return w.binary.Import(path)
}

func (w *world) check(sources map[string]string) verify.Input {
	w.mu.Lock()
	defer w.mu.Unlock()
	in := verify.Input{Fset: token.NewFileSet()}
	for name, text := range sources {
		f, err := parser.ParseFile(in.Fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			in.Errors = append(in.Errors, types.Error{Fset: in.Fset, Msg: err.Error()})
		}
		in.Files = append(in.Files, f)
	}
	conf := types.Config{Importer: w, Error: func(err error) {
		if e, ok := errors.AsType[types.Error](err); ok {
			in.Errors = append(in.Errors, e)
		}
	}}
	_, _ = conf.Check("example.com/m/p", in.Fset, in.Files, nil) // errors were collected
	return in
}

// exports tells which names the packages declare that may be imported by dot.
func (w *world) exports() map[string]map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]map[string]bool{}
	for _, path := range []string{"context", "time", "example.com/m/go-odd"} {
		pkg, err := w.Import(path)
		if err != nil {
			continue
		}
		all[path] = map[string]bool{}
		for _, name := range pkg.Scope().Names() {
			all[path][name] = ast.IsExported(name)
		}
	}
	return all
}

// elsewhere gives the source of other packages to the parser.
func (w *world) elsewhere(path string) (parse.Directory, map[string]string) {
	dir := parse.Directory{Path: path, Dir: "/elsewhere"}
	if path == "example.com/m/go-odd" {
		dir.Files = []parse.Source{{Path: "/elsewhere/odd.go", Src: []byte(oddSource)}}
	}
	if path == "context" {
		dir.Files = []parse.Source{{Path: "/elsewhere/context.go", Src: bytes.Clone(contextSource())}}
	}
	return dir, nil
}

// contextSource returns what matters of package context.
func contextSource() []byte {
	return []byte("package context\n\nimport \"time\"\n\ntype Context interface {\n" +
		"\tDeadline() (deadline time.Time, ok bool)\n\tDone() <-chan struct{}\n\tErr() error\n\tValue(key any) any\n}\n")
}
