package parse_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/parse"
)

const anyHandler = "\n//asyncgen:bridge loop=default\nfunc Handler() {}\n"

// TestScopes checks what the files of a package declare, whatever is in them.
func TestScopes(t *testing.T) {
	t.Parallel()
	pkgs, diags := newWorld(`-- p.go --
package p

import (
	"fmt"
	other "net/http"
	. "strings"
	_ "time"
	"gopkg.in/yaml.v3"
	"github.com/go-chi/chi/v5"
)

const a, b = 1, 2

var (
	c    int
	_, d = 1, 2
)

func f() { var local int }

func init() {}

type T[K any] struct {
	field, other K
	*Embedded
	fmt.Stringer
	Generic[int]
	_ int
}

func (t *T[K]) Method() {}

type Alias = T[int]

//asyncgen:bridge loop=default
func Handler() {}
-- q_windows.go --
package p

func (t T[_]) Window() {}

var e, f2 int
`).read()
	require.Empty(t, problems(diags))
	require.Len(t, pkgs, 1)
	scope := pkgs[0].Scope
	require.Equal(t, []string{"Alias", "Handler", "T", "a", "b", "c", "d", "e", "f", "f2"}, sorted(scope.Decls))
	require.Equal(t, []string{"Embedded", "Generic", "Method", "Stringer", "Window", "field", "other"}, sorted(scope.Members["T"]))
	require.Equal(t, []string{"chi", "fmt", "other", "yaml"}, sorted(scope.Imports))
	require.Equal(t, "constant", scope.Decls["a"][0].Kind)
	require.Equal(t, "variable", scope.Decls["d"][0].Kind)
	require.Equal(t, "function", scope.Decls["f"][0].Kind)
	require.Equal(t, "type", scope.Decls["Alias"][0].Kind)
	require.Equal(t, "field", scope.Members["T"]["Embedded"][0].Kind)
	require.Equal(t, []string{"windows"}, scope.Members["T"]["Window"][0].Constraint.Suffix)
	require.True(t, scope.Decls["T"][0].Constraint.IsZero())
}

// TestUnits checks which files make a package of their own.
func TestUnits(t *testing.T) {
	t.Parallel()
	const script = "//go:build ignore\n\npackage main\n\nfunc main() {}\n" + anyHandler
	tests := map[string]struct {
		files string
		want  []string
	}{
		"one":      {"-- a.go --\npackage p" + anyHandler, []string{"p"}},
		"no use":   {"-- a.go --\npackage p" + anyHandler + "-- b.go --\npackage q", []string{"p"}},
		"two":      {"-- a.go --\npackage p" + anyHandler + "-- b.go --\npackage q" + anyHandler, []string{"p", "q"}},
		"tests":    {"-- a.go --\npackage p" + anyHandler + "-- b_test.go --\npackage p\n//asyncgen:bridge loop=default\nfunc Other() {}", []string{"p"}},
		"external": {"-- a.go --\npackage p" + anyHandler + "-- b_test.go --\npackage p_test" + anyHandler, []string{"p", "p_test"}},
		"script":   {"-- a.go --\n" + script, []string{"main"}},
		"scripts":  {"-- a.go --\n" + script + "-- b.go --\n" + script, []string{"main", "main"}},
		"beside":   {"-- a.go --\npackage main\n\nfunc main() {}\n" + anyHandler + "-- b.go --\n" + script, []string{"main", "main"}},
		"systems": {
			"-- a_linux.go --\npackage main\n\nfunc main() {}\n" + anyHandler + "-- a_windows.go --\npackage main\n\nfunc main() {}\n" + anyHandler, []string{"main"},
		},
	}
	for name, tt := range tests {
		pkgs, diags := newWorld(tt.files).read()
		require.Empty(t, problems(diags), name)
		var got []string
		for _, p := range pkgs {
			got = append(got, p.Name)
			require.Equal(t, strings.HasSuffix(p.Name, "_test"), p.External, name)
		}
		require.Equal(t, tt.want, got, name)
	}
}

// TestDeclaredTwice wants one diagnostic where a build has two declarations, and
// none where no build has both.
func TestDeclaredTwice(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files string
		want  []string
	}{
		"functions":         {"package p\n" + anyHandler + "func Handler(n int) {}\n", []string{"p.go:5:6 AG108"}},
		"both with one":     {"package p\n" + anyHandler + anyHandler, []string{"p.go:7:6 AG108"}},
		"methods":           {"package p\ntype T int\n//asyncgen:bridge loop=default\nfunc (T) A() {}\nfunc (*T) A(int) {}\n", []string{"p.go:5:11 AG108"}},
		"method of another": {"package p\ntype T int\ntype U int\n//asyncgen:bridge loop=default\nfunc (T) A() {}\nfunc (U) A(int) {}\n", []string{}},
		"types":             {"package p\n//asyncgen:bridge loop=default\nfunc A(t []T) {}\ntype T int\ntype T string\n", []string{"p.go:5:6 AG108"}},
		"types of receivers": {
			"package p\n//asyncgen:bridge loop=default\nfunc (t T) A() {}\ntype T int\ntype T string\n", []string{"p.go:5:6 AG108"},
		},
		"types not used": {"package p\n//asyncgen:bridge loop=default\nfunc A() {}\ntype T int\ntype T string\n", []string{}},
		"type parameter": {"package p\n//asyncgen:bridge loop=default\nfunc A[T any](t T) {}\ntype T int\ntype T string\n", []string{}},
		"systems": {
			"-- a_linux.go --\npackage p\ntype T int\n//asyncgen:bridge loop=default\nfunc A(t T) {}\n-- a_windows.go --\npackage p\ntype T uint\nfunc A(t T) {}\n", []string{},
		},
		"tags":   {"-- a.go --\npackage p\ntype T int\n//asyncgen:bridge loop=default\nfunc A(t T) {}\n-- b.go --\n//go:build ignore\n\npackage p\ntype T uint\nfunc A(t T) {}\n", []string{}},
		"test":   {"-- a.go --\npackage p\n//asyncgen:bridge loop=default\nfunc A() {}\n-- a_test.go --\npackage p\nfunc A() {}\n", []string{"a_test.go:2:6 AG108"}},
		"outer":  {"-- a.go --\npackage p\n//asyncgen:bridge loop=default\nfunc A() {}\n-- a_test.go --\npackage p_test\nfunc A() {}\n", []string{}},
		"linux":  {"-- a.go --\npackage p\n//asyncgen:bridge loop=default\nfunc A() {}\n-- a_linux.go --\npackage p\nfunc A() {}\n", []string{"a_linux.go:2:6 AG108"}},
		"a test": {"-- a.go --\npackage p\n//asyncgen:bridge loop=default\nfunc A(t T) {}\ntype T int\n-- a_test.go --\npackage p\ntype T int\n", []string{}},
	}
	for name, tt := range tests {
		_, diags := newWorld(tt.files).read()
		require.Equal(t, tt.want, problems(diags), name)
	}
}

// TestReferences checks what the identifiers of a signature refer to.
func TestReferences(t *testing.T) {
	t.Parallel()
	const imports = "package p\n\nimport (\n\t\"time\"\n\th \"net/http\"\n\t\"gopkg.in/yaml.v3\"\n\t\"example.com/go-tool\"\n\t\"example.com/lib/v2\"\n\t. \"strings\"\n)\n\ntype T struct{}\n\ntype Local int\n\n//asyncgen:bridge loop=default\n"
	tests := map[string]string{
		"func F(a, b int, c ...string) error {}":                         "int, int, string -> error",
		"func F(t time.Duration) (h.Handler, *yaml.Node) {}":             "<time>.Duration -> <net/http>.Handler, *<gopkg.in/yaml.v3>.Node",
		"func F(x tool.X, y lib.Y) {}":                                   "<example.com/go-tool>.X, <example.com/lib/v2>.Y -> ",
		"func F(r Reader, l Local) {}":                                   "<strings>.Reader, Local -> ",
		"func F(m map[Local][]time.Time, f func(time int) Local) {}":     "map[Local][]<time>.Time, func(time int) Local -> ",
		"func F[K comparable, V ~[]K](m map[K]V) V {}":                   "map[$0]$1 -> $1",
		"func F[time any](x time) {}":                                    "$0 -> ",
		"func (t *T) F(x struct{ time time.Time }) {}":                   "struct{ time <time>.Time } -> ",
		"func F(x interface{ Time(time time.Time) }) (n, m chan<- T) {}": "interface{ Time(time <time>.Time) } -> chan<- T, chan<- T",
		"func F(x [len(names)]T) {}":                                     "[len(names)]T -> ",
	}
	for source, want := range tests {
		pkgs, diags := newWorld(imports + source + "\n\nvar names [3]int\n").read()
		require.Empty(t, problems(diags), source)
		require.Equal(t, want, signatureOf(sole(t, pkgs)), source)
	}
}

// TestHandlers checks the facts about a declaration.
func TestHandlers(t *testing.T) {
	t.Parallel()
	const head = "package p\n\nimport (\n\t\"context\"\n\t\"iter\"\n\t\"net/http\"\n)\n\ntype T[K any] struct{}\n\ntype Other = T[int]\n\ntype Ctx = context.Context\n\ntype E = error\n\n//asyncgen:bridge loop=default signature=same\n"
	type facts struct {
		context, err, pointer bool
		base                  string
		stream                model.Stream
		http                  bool
	}
	tests := map[string]facts{
		"func F() {}":                                             {},
		"func F(ctx context.Context) error {}":                    {context: true, err: true},
		"func F(n int, ctx Ctx) (int, E) {}":                      {context: true, err: true},
		"func F(ctx ...context.Context) {}":                       {},
		"func F() (error, int) {}":                                {},
		"func F() iter.Seq[int] {}":                               {stream: model.ValueStream},
		"func F() iter.Seq2[int, error] {}":                       {stream: model.ErrorStream},
		"func F() iter.Seq2[int, string] {}":                      {stream: model.PairStream},
		"func F() (iter.Seq[int], error) {}":                      {err: true},
		"func F(w http.ResponseWriter, r *http.Request) {}":       {http: true},
		"func F(w http.ResponseWriter, r *http.Request) error {}": {err: true, http: true},
		"func (t T[K]) F() {}":                                    {base: "T"},
		"func (t *T[_]) F() {}":                                   {base: "T", pointer: true},
		"func (*(T[K])) F() {}":                                   {base: "T", pointer: true},
	}
	for source, want := range tests {
		pkgs, diags := newWorld(head + source).read()
		require.Empty(t, problems(diags), source)
		h := sole(t, pkgs)
		got := facts{stream: h.Stream(), http: h.HTTP}
		for _, p := range h.Params {
			got.context = got.context || p.Context
		}
		for _, r := range h.Results {
			got.err = got.err || r.Error
		}
		if h.Recv != nil {
			got.base, got.pointer = h.Recv.Type, h.Recv.Pointer
		}
		require.Equal(t, want, got, source)
	}
}

// TestOwnFilesAreNotRead checks that output does not count as source, with or
// without its header.
func TestOwnFilesAreNotRead(t *testing.T) {
	t.Parallel()
	const clash = "package p\n\nimport \"" + model.RuntimePath + "\"\n\nconst _ = loop.SupportsCodegenV1\n\nfunc Handler() {}\n"
	tests := map[string]struct {
		file string
		want []string
	}{
		"output":        {"-- async_gen.go --\n" + model.Header + "\n\n" + clash, []string{}},
		"broken output": {"-- async_gen.go --\n" + model.Header + "\n\npackage p\n\nfunc (\n", []string{}},
		"in conflict":   {"-- async_gen.go --\n<<<<<<< ours\n" + model.Header + "\n=======\n" + clash, []string{}},
		"no header":     {"-- async_gen.go --\n" + clash, []string{"async_gen.go:1:1 AG204"}},
		"other header":  {"-- async_gen_x_test.go --\n// Code generated; DO NOT EDIT.\n\n" + clash, []string{"async_gen_x_test.go:1:1 AG204"}},
		"by hand":       {"-- async_gen.go --\npackage p\n\nfunc Other() {}\n", []string{}},
		"directive":     {"-- async_gen.go --\n" + model.Header + "\n\npackage p\n\n//asyncgen:bridge loop=default\nfunc X() {}\n", []string{"async_gen.go:5:1 AG105"}},
	}
	for name, tt := range tests {
		pkgs, diags := newWorld("-- p.go --\npackage p\n" + anyHandler + tt.file).read()
		require.Equal(t, tt.want, problems(diags), name)
		require.Equal(t, []string{"Handler"}, handlersOf(pkgs), name)
	}
}

// TestUnreadableFiles are reported.
func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	w := newWorld("package p\n" + anyHandler)
	w.dir.Files = append(w.dir.Files, parse.Source{Path: "/m/q.go", Err: parseError("denied")})
	_, diags := w.read()
	require.Equal(t, []string{"q.go:1:1 AG205"}, problems(diags))
	require.Equal(t, "cannot read q.go: denied", diags[0].Message)
}

type parseError string

func (e parseError) Error() string { return string(e) }
