package parse_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/parse"
)

// build reads one file.
func build(src string) ([]*model.Package, []diag.Diagnostic) {
	tree := parse.Files(parse.Directory{
		Path: "example.com/m", Dir: "/m", Module: "example.com/m",
		Files: []parse.Source{{Path: "/m/p.go", Src: []byte(src), Marked: true}},
	})
	pkgs := tree.Build(nil, nil)
	return pkgs, tree.Diagnostics()
}

func handlers(pkgs []*model.Package) []string {
	var names []string
	for _, p := range pkgs {
		for _, h := range p.Handlers {
			names = append(names, h.Name)
		}
	}
	return names
}

func TestSyntaxErrorsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	const annotated = "//asyncgen:bridge loop=default\nfunc Good() {}\n\n"
	for name, broken := range map[string]string{
		"unclosed body":      "func bad() {\n\n",
		"unclosed signature": "func bad( {\n}\n\n",
		"garbage":            "func bad() { x := }\n\n",
		"type":               "type T struct {\n\n",
		"variable":           "var x = = 1\n\n",
		"raw string":         "var x = [`\nfunc no() {\n`\n\n",
	} {
		for _, src := range []string{"package p\n\n" + broken + annotated, "package p\n\n" + annotated + broken} {
			pkgs, problems := build(src)
			require.Empty(t, problems, name)
			require.Equal(t, []string{"Good"}, handlers(pkgs), name)
		}
	}
}

func TestSyntaxErrorInHandlerIsReportedOnce(t *testing.T) {
	t.Parallel()
	pkgs, problems := build("package p\n\n//asyncgen:bridge loop=default\nfunc Bad() { x := ; y = ) }\n\n//asyncgen:bridge loop=default\nfunc Good() {}\n")
	require.Len(t, problems, 1)
	require.Equal(t, diag.SyntaxInHandler, problems[0].Code)
	require.Equal(t, 4, problems[0].Pos.Line)
	require.Equal(t, []string{"Good"}, handlers(pkgs))
}

func TestNeedsAsksOnlyWhenInDoubt(t *testing.T) {
	t.Parallel()
	const imports = "package p\n\nimport (\n\t\"context\"\n\t\"github.com/asyncgen/asyncgen/loop\"\n\tn \"example.com/named\"\n\t\"example.com/known\"\n\t\"example.com/doubt\"\n)\n\n"
	needs := func(handler string) []string {
		return parse.Files(parse.Directory{
			Module: "example.com/m", Known: map[string]string{"example.com/known": "k"},
			Files: []parse.Source{{Path: "/m/p.go", Src: []byte(imports + handler), Marked: true}},
		}).Needs().Names
	}
	require.Empty(t, needs("//asyncgen:bridge loop=default\nfunc F(ctx context.Context, l *loop.Loop, x n.X, y k.Y) {}\n"))
	require.Empty(t, needs("//asyncgen:bridge loop=t.l\nfunc (t *T) F() {}\n"))
	require.Empty(t, needs("func F(x doubt.X) {}\n"))
	require.Equal(t, []string{"example.com/doubt"}, needs("//asyncgen:bridge loop=default\nfunc F(x doubt.X) {}\n"))
	require.Equal(t, []string{"example.com/doubt"}, needs("//asyncgen:bridge loop=doubt.L()\nfunc F() {}\n"))
}

// FuzzFiles demands that any source can be read, and that a directive is never
// lost: it gives a handler, or there is a diagnostic.
func FuzzFiles(f *testing.F) {
	for _, seed := range []string{
		"package p\n\n//asyncgen:bridge loop=default\nfunc F() {}\n",
		"package p\n//asyncgen:bridge loop=default\nfunc (t *T[K]) F(a, b int, c ...[]K) (x struct{ y int }, err error) {}\ntype T[K any] struct{}",
		"package p\nfunc f() {\n//asyncgen:bridge loop=default\nfunc F( {}\n",
		"//asyncgen:bridge",
		"package p\nimport . \"time\"\nimport \"C\"\n//asyncgen:spawn loop=a.b[c] key=d\nfunc F(d Duration, e C.int) func() {}",
		"package p\n//asyncgen:bridge\ntype T[K any] struct{ E[K]; *F; error }\ntype E[X any] struct{ *E[X] }\nfunc (E[X]) A(X) {}\ntype F interface{ E; ~int; B() }\nfunc (*T[_]) B() {}",
		"//go:build ignore\n\npackage main\n//asyncgen:remote\ntype (\nI interface { J; ReadByte(n int) (byte, error) }\n)\ntype J = I\nfunc main() {}",
		"<<<<<<< a\npackage p\n=======\npackage q\n>>>>>>> b\n//asyncgen:bridge name=Is\nfunc (e *E) F(error) bool {}\nfunc (*E) Error() string",
		"package p\r\n//line x:1\r\n//asyncgen:bridge loop=default\r\nfunc F() {}\r\n",
		"\ufeffpackage p\ntype (\n//asyncgen:bridge\nX = Y\nY = X\n)\n//asyncgen:bridge loop=default\nfunc (X) F(error) Y {}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		pkgs, problems := build(src)
		lost := strings.HasPrefix(src, "//asyncgen:bridge\n") || strings.Contains(src, "\n//asyncgen:bridge\n")
		if lost && !strings.ContainsAny(src, "`*\x00") && len(handlers(pkgs)) == 0 {
			require.NotEmpty(t, problems, "the directive is lost")
		}
	})
}
