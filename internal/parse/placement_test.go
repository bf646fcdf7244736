package parse_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/diag"
)

// TestPlacement gives every place of a directive its diagnostic, or none.
func TestPlacement(t *testing.T) {
	t.Parallel()
	const d = "//asyncgen:bridge loop=default\n"
	tests := map[string]struct {
		source string
		want   []string
	}{
		"function":             {"package p\n" + d + "func F() {}", []string{}},
		"in a doc comment":     {"package p\n// F is it.\n" + d + "// More.\nfunc F() {}", []string{}},
		"above a doc comment":  {"package p\n" + d + "\n// F is it.\nfunc F() {}", []string{"p.go:2:1 AG101"}},
		"detached":             {"package p\n" + d + "\nfunc F() {}", []string{"p.go:2:1 AG101"}},
		"below":                {"package p\nfunc F() {}\n" + d, []string{"p.go:3:1 AG103"}},
		"behind":               {"package p\nfunc F() {} //asyncgen:bridge\n", []string{"p.go:2:13 AG103"}},
		"behind the one above": {"package p\nvar x int //asyncgen:bridge\n\nfunc F() {}\n", []string{"p.go:2:11 AG103"}},
		"package clause":       {d + "package p\nfunc F() {}", []string{"p.go:1:1 AG103"}},
		"import":               {"package p\n" + d + "import \"io\"\nvar _ io.Reader", []string{"p.go:2:1 AG103"}},
		"constant":             {"package p\n" + d + "const c = 1", []string{"p.go:2:1 AG103"}},
		"variable":             {"package p\n" + d + "var v = 1", []string{"p.go:2:1 AG103"}},
		"variable in a group":  {"package p\nvar (\n" + d + "v = 1\n)", []string{"p.go:3:1 AG103"}},
		"field":                {"package p\ntype T struct {\n" + d + "f int\n}", []string{"p.go:3:1 AG103"}},
		"interface method":     {"package p\ntype T interface {\n" + d + "M()\n}", []string{"p.go:3:1 AG103"}},
		"body":                 {"package p\nfunc F() {\n" + d + "}", []string{"p.go:3:1 AG102"}},
		"function literal":     {"package p\nvar f = func() {\n" + d + "}", []string{"p.go:3:1 AG103"}},
		"parameters":           {"package p\nfunc F(\n" + d + "n int) {}", []string{"p.go:3:1 AG103"}},
		"local type":           {"package p\nfunc F() {\n" + d + "type T struct{}\n}", []string{"p.go:3:1 AG102"}},
		"group of types":       {"package p\n" + d + "type (\nA struct{}\nB struct{}\n)", []string{"p.go:2:1 AG104"}},
		"group of one type":    {"package p\n" + d + "type (\nA struct{}\n)\nfunc (A) M() {}", []string{}},
		"empty group":          {"package p\n" + d + "type ()", []string{"p.go:2:1 AG104"}},
		"type in a group":      {"package p\ntype (\n" + d + "A struct{}\nB struct{}\n)\nfunc (A) M() {}", []string{}},
		"init":                 {"package p\n" + d + "func init() {}", []string{"p.go:3:6 AG109"}},
		"blank function":       {"package p\n" + d + "func _() {}", []string{"p.go:3:6 AG109"}},
		"method init":          {"package p\ntype T int\n" + d + "func (T) init() {}", []string{}},
		"receiver":             {"package p\n" + d + "func (struct{}) F() {}", []string{"p.go:3:6 AG110"}},
		"skip over a function": {"package p\n//asyncgen:skip\nfunc F() {}", []string{"p.go:2:1 AG113"}},
		"skip over a type":     {"package p\n//asyncgen:skip\ntype T struct{}", []string{"p.go:2:1 AG104"}},
		"skip over a field":    {"package p\ntype T struct {\n//asyncgen:skip\nf int\n}", []string{"p.go:3:1 AG103"}},
		"confined":             {"package p\n//asyncgen:confined\nvar v int", []string{}},
		"confined type":        {"package p\n//asyncgen:confined\ntype T int", []string{"p.go:2:1 AG104"}},
		"allow":                {"package p\nfunc F() {\n//asyncgen:allow AV001 why\n}", []string{}},
		"prose":                {"package p\n// The directive\n// asyncgen:bridge is one over F.\nfunc F() {}", []string{}},
		"near miss":            {"package p\n// asyncgen:bridge\nfunc F() {}", []string{"p.go:2:1 AG008"}},
		"string":               {"package p\nvar s = `\n//asyncgen:bridge\n`", []string{}},
	}
	for name, tt := range tests {
		_, diags := newWorld(tt.source).read()
		require.Equal(t, tt.want, problems(diags), name)
		for _, d := range diags {
			require.NotEmpty(t, d.Hint, name)
		}
	}
}

// TestBrokenFiles checks which errors of syntax matter.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	const good = "//asyncgen:bridge loop=default\nfunc Good() {}\n\n"
	tests := map[string]struct {
		source  string
		want    []string
		handler []string
	}{
		"own body":        {"package p\n\n//asyncgen:bridge loop=default\nfunc Bad() { x := }\n\n" + good, []string{"p.go:4:19 AG106"}, []string{"Good"}},
		"own signature":   {"package p\n\n//asyncgen:bridge loop=default\nfunc Bad(x) int {}\n\n//asyncgen:bridge loop=default\nfunc Worse( {}\n\n" + good, []string{"p.go:7:13 AG106"}, []string{"Bad", "Good"}},
		"other body":      {"package p\n\nfunc bad() { x := }\n\n" + good, []string{}, []string{"Good"}},
		"unclosed":        {"package p\n\nfunc bad() {\n\n" + good, []string{}, []string{"Good"}},
		"front":           {"package p\n\n//asyncgen:bridge\ntype T struct { x }}\n\n" + good, []string{"p.go:4:20 AG106"}, []string{"Good"}},
		"method of front": {"package p\n\n//asyncgen:bridge\ntype T struct{}\n\nfunc (T) A() {}\n\nfunc (T) B() { ( }\n", []string{}, []string{"T.A"}},
		"import":          {"package p\n\nimport \"io\n\n" + good, []string{}, []string{"Good"}},
		"conflict":        {"package p\n\n<<<<<<< ours\nfunc a() {}\n=======\n>>>>>>> theirs\n\n" + good, []string{"p.go:3:1 AG209"}, []string{}},
		"conflict within": {"package p\n\n//asyncgen:bridge loop=default\nfunc F() {\n<<<<<<< ours\n=======\n>>>>>>> theirs\n}\n", []string{"p.go:5:1 AG209"}, []string{}},
		"at the head":     {"<<<<<<< ours\npackage p\n=======\npackage q\n>>>>>>> theirs\n\n" + good, []string{"p.go:1:1 AG209"}, []string{}},
		"in a string":     {"package p\n\nvar s = `\n<<<<<<< ours\n`\n\n" + good, []string{}, []string{"Good"}},
		"in a comment":    {"package p\n\n/*\n<<<<<<< ours\n*/\n\n" + good, []string{}, []string{"Good"}},
		"nothing":         {"", []string{}, []string{}},
		"no clause":       {good, []string{"p.go:1:1 AG103"}, []string{}},
	}
	for name, tt := range tests {
		pkgs, diags := newWorld(tt.source).read()
		require.Equal(t, tt.want, problems(diags), name)
		require.Equal(t, tt.handler, handlersOf(pkgs), name)
	}
}

// TestConflictsHideOtherProblems checks that what depends on the other side of a
// conflict is not reported.
func TestConflictsHideOtherProblems(t *testing.T) {
	t.Parallel()
	_, diags := newWorld("-- a.go --\npackage p\n\n//asyncgen:bridge loop=default\nfunc (s *Store[K]) Get(k K) {}\n\n//asyncgen:brigde\nfunc F() {}\n" +
		"-- b.go --\npackage p\n\n<<<<<<< ours\ntype Store[K any] struct{}\n=======\n").read()
	require.Equal(t, []string{"a.go:6:12 AG001", "b.go:3:1 AG209"}, problems(diags))
	require.Equal(t, diag.MergeConflict, diags[1].Code)
}
