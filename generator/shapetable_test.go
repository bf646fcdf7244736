package generator_test

// shape is a signature, or the state of a package, that is known to break
// generators. In types, $T and $U stand for the type parameters.
type shape struct {
	name       string
	imports    []string // specs
	decls      string
	typeParams string   // with $T and $U
	args       []string // what stands for $T and $U where the method is of no generic type
	recv       string   // the receiver's name, "r" unless told
	doc        string   // above the directives
	embeds     string   // into the interface that gets a front
	unexported bool
	params     string
	results    string
	onlyBridge bool // what other modes refuse

	header string            // before the package clause
	clause string            // the package's name, "p" unless told
	file   string            // where it all stands, "p.go" unless told
	twin   string            // a file for other machines, with the same text
	more   map[string]string // other files of the package
	broken bool              // the package does not compile, for a reason of its own
	code   string            // of the diagnostic that refuses every handler
}

// The four lists together have every row of the table that the generators were
// compared with, by its name there. Where one row has several causes, the others
// follow it.

// plainShapes are what a signature may be made of.
func plainShapes() []shape {
	const odd = `"example.com/m/go-odd"`
	return []shape{
		{name: "plain", imports: []string{`"context"`}, params: "(ctx context.Context, a int)", results: "(string, error)"},
		{name: "variadic-any", params: "(format string, args ...any)", results: "(n int, err error)"},
		{name: "blank-params", params: "(_ int, _ string, _ ...bool)", results: "(_ int, _ error)"},
		{name: "unnamed", params: "(int, string, ...byte)", results: "(bool, error)"},
		{name: "anon-struct-tag", params: "(a struct { X, Y int `json:\"x,omitempty\"` })", results: "(b []struct{ Z string \"z\" })"},
		{name: "anon-struct-unexp-field", decls: "type hidden struct{}", params: "(a struct{ x int; hidden })", results: "(struct{ y *struct{ z int } }, error)"},
		{name: "anon-iface", params: "(a interface{ M(int) (string, error); error; n() })", results: "(interface{}, error)"},
		{name: "iter", imports: []string{`"iter"`}, params: "(a iter.Seq[int])", results: "(iter.Seq2[int, error], error)"},
		{name: "iter-stream", imports: []string{`"iter"`}, params: "(a iter.Seq[int])", results: "iter.Seq2[int, error]", onlyBridge: true},
		{
			name: "chans", params: "(a <-chan (chan int), b chan (<-chan int), c chan<- (chan<- func()), d chan<- <-chan int)",
			results: "(<-chan (<-chan error), (chan (chan<- int)))",
		},
		{
			name: "arrays-const", imports: []string{`"math"`}, decls: "const size = 3",
			params: "(a [size*2 + 1]int, b [len(\"abc\")][1 << 2]string)", results: "[math.MaxInt8]byte",
		},
		{name: "unsafe", imports: []string{`"unsafe"`}, params: "(a unsafe.Pointer, b *unsafe.Pointer)", results: "(unsafe.Pointer, error)"},
		{name: "unexported-types", decls: "type (\n\thidden struct{}\n\tcount int\n)", params: "(a hidden, b *count)", results: "(map[count]hidden, error)"},
		{name: "path-name-mismatch", imports: []string{odd}, params: "(a odd.Odd)", results: "(*odd.Odd, error)"},
		{name: "dot-import", imports: []string{`. "time"`, `. "example.com/m/go-odd"`}, params: "(a Duration, b Odd)", results: "(Month, error)"},
		{
			name: "alias", imports: []string{`"context"`, odd}, decls: "type (\n\tc = context.Context\n\tlist[T any] = []T\n)",
			params: "(ctx c, a list[int], b odd.Same[string])", results: "(list[list[error]], error)",
		},
		{name: "alias-elsewhere", imports: []string{odd}, params: "(a int, ctx odd.Ctx)", results: "(error, int)"},
		{name: "alias-generic", imports: []string{odd}, params: "(ctx odd.GenericCtx[int])", results: "odd.GenericCtx[odd.Odd]"},
		{name: "embedded-ext", imports: []string{`"io"`, `"sort"`}, embeds: "io.ReadCloser; sort.Interface", params: "(a interface{ io.ReadCloser; sort.Interface })", results: "error"},
		{name: "embedded-overlap", imports: []string{`"io"`}, embeds: "io.ReadCloser; io.WriteCloser", params: "(a interface{ io.ReadCloser; io.WriteCloser })", results: "error"},
		{name: "unexported-method", unexported: true, params: "(a int)", results: "(int, error)"},
		{name: "func-ret-func", params: "(a func(b func(c int) (d error)) func())", results: "func(x, y int, z ...string) (func() error, error)"},
		{
			name: "method-generic-inst", imports: []string{`"sync/atomic"`, `"iter"`}, params: "(a *atomic.Pointer[map[string]int], b iter.Seq2[int, iter.Seq[bool]])",
			results: "(*atomic.Pointer[struct{ x int }], error)",
		},
		{name: "deprecated-doc", doc: "// Do does.\n//\n// Deprecated: do not.\n//\n", params: "(a int)", results: "error"},
	}
}

// hidingShapes have names that hide what the output needs.
func hidingShapes() []shape {
	return []shape{
		{name: "param-shadows-import", imports: []string{`"time"`, `"context"`}, params: "(time time.Duration, context context.Context)", results: "(t time.Time, err error)"},
		{name: "param-named-error-string", params: "(error string, string int, any bool, nil error)", results: "(int int, true bool, byte error)"},
		{name: "pkg-decl-vs-import", imports: []string{`r2 "math/rand"`, `c "context"`}, decls: "var rand, context, loop = 1, 2, 3", params: "(ctx c.Context, a *r2.Rand)", results: "(r2.Source, error)"},
		{
			name: "same-name-imports", imports: []string{`"text/template"`, `html "html/template"`}, params: "(a *template.Template, b html.HTML)", results: "(html.FuncMap, template.FuncMap)",
			more: map[string]string{"b.go": "package p\n\nimport \"html/template\"\n\n//asyncgen:bridge loop=default\nfunc Other(template template.HTML) (a template.CSS, err error) { return }\n"},
		},
		{
			name: "name-collide-recv", recv: "in", params: "(ctx int, out string, err bool, loop, task, args, callCtx, callErr, mock, _mock, d, m int)",
			results: "(result, ok, r0 int, r1 error)",
		},
		{name: "name-collide-recv-ctx", recv: "ctx", imports: []string{`"context"`}, params: "(in context.Context, target string)", results: "(out, l int, e error)"},
		{name: "name-collide-recv-loop", recv: "loop", params: "(context string, a int)", results: "(asyncgenloop error)"},
		{
			name: "name-collide-generated", params: "(functionArgs, functionBridge, rPointerArgs, rPointer, gRenamedArgs, gRenamedInstances int)",
			results: "(FunctionResults, RPointerResults, structRenamed string)",
		},
		{name: "dup-import-param", imports: []string{`"net/http"`, `"net/url"`, `"io"`}, params: "(url *http.Request, http *url.URL, io io.Reader)", results: "(a http.Handler, b url.Values, c io.Writer, err error)"},
		{
			name: "builtin-shadow", decls: "func len() {}\n\nfunc append() {}\n\nfunc panic() {}\n\nvar nil, true, iota = 1, 2, 3\n\nconst false, make, new = 4, 5, 6",
			params: "(a ...int)", results: "(int, error)",
		},
		{
			name: "builtin-type-shadow", decls: "type (\n\terror interface{ Code() int }\n\tany int\n\tstring struct{}\n\tbool []int\n\tcomparable float64\n)",
			params: "(a any, b string, c ...bool)", results: "(comparable, error)",
		},
		{
			name: "type-named-as-pkg", imports: []string{`c "context"`}, decls: "type (\n\tcontext struct{}\n\tloop int\n)",
			params: "(ctx c.Context, a context)", results: "(*loop, error)",
		},
	}
}

// genericShapes have type parameters of their own.
func genericShapes() []shape {
	return []shape{
		{name: "generic", typeParams: "$T any, $U comparable", args: []string{"int", "string"}, params: "(a $T, b map[$U][]$T)", results: "(func($T) $U, error)"},
		{
			name: "generic-extconstraint", imports: []string{`"cmp"`, `"fmt"`}, decls: "type name string\n\nfunc (name) String() string { return \"\" }",
			typeParams: "$T cmp.Ordered, $U interface { ~string; fmt.Stringer }", args: []string{"int", "name"}, params: "(a $T, b ...$U)", results: "($U, error)",
		},
		{
			name: "generic-self-constraint", decls: "type (\n\tself[T any] interface{ Less(T) bool }\n\tnumber int\n)\n\nfunc (number) Less(number) bool { return false }\n\nfunc (*number) Set(string) {}",
			typeParams: "$T self[$T], $U interface { *$T; Set(string) }", args: []string{"number", "*number"}, params: "(a $T, b $U)", results: "(self[$T], error)",
		},
		{
			name: "generic-union", typeParams: "$T ~int | ~string, $U interface { ~[]$T | ~map[string]$T }", args: []string{"int", "[]int"},
			params: "(a $T, b $U)", results: "(int, $U)",
		},
	}
}

// stateShapes are packages that do not compile or are not complete, and files
// that are not of every build.
func stateShapes() []shape {
	const undefined = "package p\n\nvar x = undefined()\n"
	plain := func(s shape) shape {
		s.imports, s.params, s.results = append(s.imports, `"context"`), "(ctx context.Context, a int)", "(string, error)"
		return s
	}
	list := []shape{
		{name: "undefined-elsewhere", broken: true, more: map[string]string{"other.go": undefined}},
		{name: "undefined-in-signature-file", broken: true, decls: "var x = undefined()"},
		{name: "test-file-undefined", more: map[string]string{"p_test.go": undefined}, broken: true},
		{name: "missing-import-dir", broken: true, more: map[string]string{"other.go": "package p\n\nimport \"example.com/m/nowhere\"\n\nvar _ = nowhere.X\n"}},
		{
			name: "dep-uses-not-yet", decls: "func use(ctx context.Context) (string, error) { return FunctionOnLoop(ctx, 1) }",
			more: map[string]string{"user/user.go": "package user\n\nimport p \"example.com/m/dep-uses-not-yet\"\n\nvar _ = (*p.R).PointerAsync\n"},
		},
		{name: "iface-in-test-file", file: "p_test.go", more: map[string]string{"doc.go": "package p\n"}},
		{name: "iface-in-external-test-file", clause: "p_test", file: "x_test.go", more: map[string]string{"doc.go": "package p\n"}},
		{name: "build-tagged", header: "//go:build special\n\n"},
		{name: "goos-file-pair", file: "p_windows.go", twin: "p_linux.go", more: map[string]string{"doc.go": "package p\n"}},
		{name: "cgo", broken: true, imports: []string{`"C"`}, more: map[string]string{"doc.go": "package p\n"}}, // this test knows no C
		{name: "syntax-error-elsewhere", broken: true, more: map[string]string{"other.go": "package p\n\nfunc ) {\n"}},
		{name: "stale-output", more: map[string]string{"async_gen.go": staleOutput}},
		{name: "unused-import-and-var", broken: true, imports: []string{`"os"`}, decls: "func unused() { x := 1 }"},
	}
	for i := range list {
		list[i] = plain(list[i])
	}
	return append(list, shape{name: "cgo-in-signature", code: "AG107", imports: []string{`"C"`}, params: "(a C.int)", results: "error"})
}

const staleOutput = `// Code generated by asyncgen; DO NOT EDIT.

package p

func FunctionOnLoop() { gone( }
`
