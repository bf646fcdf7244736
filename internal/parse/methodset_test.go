package parse_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMethodSets compares the methods of fronts with the language's rules.
func TestMethodSets(t *testing.T) {
	t.Parallel()
	const front = "package p\n\n//asyncgen:bridge\n"
	tests := map[string]struct {
		source string
		want   []string
	}{
		"own methods":       {"type T struct{}\nfunc (T) A() {}\nfunc (*T) B() {}\nfunc (T) c() {}", []string{"T.A", "T.B"}},
		"parentheses":       {"type T (struct{})\nfunc (t *(T)) A() {}\nfunc ((T)) B() {}", []string{"T.A", "T.B"}},
		"promoted":          {"type T struct{ E }\ntype E struct{}\nfunc (E) A() {}", []string{"T.A"}},
		"by a pointer":      {"type T struct{ *E }\ntype E struct{}\nfunc (*E) A() {}", []string{"T.A"}},
		"hidden by own":     {"type T struct{ E }\nfunc (T) A() {}\ntype E struct{}\nfunc (E) A() {}\nfunc (E) B() {}", []string{"T.A", "T.B"}},
		"hidden by a field": {"type T struct{ E; A int }\ntype E struct{}\nfunc (E) A() {}\nfunc (E) B() {}", []string{"T.B"}},
		"hidden by a name":  {"type T struct{ E; A }\ntype A struct{}\ntype E struct{}\nfunc (E) A() {}\nfunc (E) B() {}", []string{"T.B"}},
		"ambiguous":         {"type T struct{ E; F }\ntype E struct{}\nfunc (E) A() {}\nfunc (E) B() {}\ntype F struct{}\nfunc (F) A() {}", []string{"T.B"}},
		"ambiguous field":   {"type T struct{ E; F }\ntype E struct{}\nfunc (E) A() {}\nfunc (E) B() {}\ntype F struct{ A int }", []string{"T.B"}},
		"less deep":         {"type T struct{ E; F }\ntype E struct{ G }\ntype F struct{}\nfunc (F) A() {}\ntype G struct{}\nfunc (G) A() {}\nfunc (G) B() {}", []string{"T.A", "T.B"}},
		"ambiguity hides":   {"type T struct{ E; F }\ntype E struct{ G }\ntype F struct{}\nfunc (E) A() {}\nfunc (F) A() {}\ntype G struct{}\nfunc (G) A() {}\nfunc (G) B() {}", []string{"T.B"}},
		"diamond":           {"type T struct{ E; F }\ntype E struct{ G }\ntype F struct{ G }\ntype G struct{}\nfunc (G) A() {}\nfunc (T) B() {}", []string{"T.B"}},
		"itself":            {"type T struct{ *T; E }\ntype E struct{ *T }\nfunc (E) A() {}", []string{"T.A"}},
		"defined from":      {"type T E\ntype E struct{ F }\nfunc (E) No() {}\ntype F struct{}\nfunc (F) A() {}", []string{"T.A"}},
		"by an alias":       {"type T struct{ E }\ntype E = F\ntype F struct{}\nfunc (F) A() {}", []string{"T.A"}},
		"alias of a type":   {"type T = F\ntype F struct{}\nfunc (F) A() {}", []string{"T.A"}},
		"generic":           {"type T[K any] struct{ E[K] }\ntype E[X any] struct{}\nfunc (E[X]) A(X) {}", []string{"T.A"}},
		"interface":         {"type T interface{ A(); b(); I }\ntype I interface{ C() }", []string{"T.A", "T.b", "T.C"}},
		"interface twice":   {"type T interface{ A(); I; J }\ntype I interface{ A(); B() }\ntype J interface{ B() }", []string{"T.A", "T.B"}},
		"interface cycle":   {"type T interface{ I; A() }\ntype I interface{ J }\ntype J interface{ I; B() }", []string{"T.B", "T.A"}},
		"error":             {"type T interface{ error; A() }", []string{"T.Error", "T.A"}},
		"struct of an interface": {
			"type T struct{ I; error }\ntype I interface{ A(); b() }", []string{"T.A", "T.Error"},
		},
		"any is nothing": {"type T interface{ any; A() }", []string{"T.A"}},
		"own on systems": {"type T struct{}\n-- a_linux.go --\npackage p\nfunc (T) A() {}\n-- a_windows.go --\npackage p\nfunc (T) A() {}", []string{"T.A in a_linux.go if linux", "T.A in a_windows.go if windows"}},
		"hidden on a system": {
			"type T struct{ E }\ntype E struct{}\nfunc (E) A() {}\n-- a_linux.go --\npackage p\nfunc (T) A() {}", []string{"T.A in p_p_p.go if !linux", "T.A in a_linux.go if linux"},
		},
		"skipped method": {"type T struct{}\nfunc (T) A() {}\n//asyncgen:skip\nfunc (T) B() {}", []string{"T.A"}},
		"skipped field": {
			"type T struct {\n//asyncgen:skip\nE\n}\nfunc (T) A() {}\ntype E struct{}\nfunc (E) B() {}", []string{"T.A"},
		},
		"skipped element": {
			"type T interface {\n//asyncgen:skip\nI\nA()\n}\ntype I interface{ A(); B() }", []string{"T.A"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pkgs, diags := newWorld("-- p.go --\n" + front + tt.source).read()
			require.Empty(t, problems(diags))
			require.ElementsMatch(t, tt.want, handlersOf(pkgs))
		})
	}
}

// TestMethodSetsOfOtherPackages reads the types that a front embeds.
func TestMethodSetsOfOtherPackages(t *testing.T) {
	t.Parallel()
	const front = "-- p.go --\npackage p\n\nimport \"example.com/o\"\n\n//asyncgen:bridge\ntype T struct{ *o.E }\n"
	tests := map[string]struct {
		source string
		want   []string
	}{
		"promoted":       {"-- example.com/o/o.go --\npackage o\ntype E struct{}\nfunc (E) A() {}\nfunc (E) b() {}", []string{"T.A"}},
		"through others": {"-- example.com/o/o.go --\npackage o\nimport \"example.com/q\"\ntype E struct{ q.F }\n-- example.com/q/q.go --\npackage q\ntype F struct{}\nfunc (F) A() {}", []string{"T.A"}},
		"alias":          {"-- example.com/o/o.go --\npackage o\nimport . \"example.com/q\"\ntype E = F\n-- example.com/q/q.go --\npackage q\ntype F struct{}\nfunc (F) A() {}", []string{"T.A"}},
		"no directives":  {"-- example.com/o/o.go --\npackage o\n//asyncgen:bridge\ntype E struct{}\n//asyncgen:skip\nfunc (E) A() {}", []string{"T.A"}},
		"no tests":       {"-- example.com/o/o.go --\npackage o\ntype E struct{}\nfunc (E) A() {}\n-- example.com/o/o_test.go --\npackage o_test\ntype E struct{}\nfunc (E) B() {}", []string{"T.A"}},
		"on one system": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\nfunc (E) A() {}\n-- example.com/o/o_linux.go --\npackage o\nfunc (E) B() {}",
			[]string{"T.A", "T.B in p_o_o_linux.go if linux"},
		},
		"on each system": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\n-- example.com/o/o_linux.go --\npackage o\nfunc (E) B(n int) {}\n-- example.com/o/o_more.go --\n//go:build !linux\n\npackage o\nfunc (E) B(m int) {}",
			[]string{"T.B"},
		},
		"differently": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\n-- example.com/o/o_linux.go --\npackage o\nfunc (E) B(n int) {}\n-- example.com/o/o_more.go --\n//go:build !linux\n\npackage o\nfunc (E) B(m uint) {}",
			[]string{"T.B in p_o_o_linux.go if linux", "T.B in p_o_o_more.go if !linux"},
		},
		"twice on one system": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\n-- example.com/o/a.go --\n//go:build linux\n\npackage o\nfunc (E) B(n int) {}\n-- example.com/o/b.go --\n//go:build amd64 && !linux\n\npackage o\nfunc (E) B(n int) {}",
			[]string{"T.B in p_o_a.go if linux", "T.B in p_o_b.go if amd64 && !linux"},
		},
		"types of systems": {
			"-- example.com/o/o_linux.go --\npackage o\ntype E struct{ F }\n-- example.com/o/o_more.go --\n//go:build !linux\n\npackage o\ntype E struct{}\nfunc (E) A() {}\n-- example.com/o/f.go --\npackage o\ntype F struct{}\nfunc (F) A() {}\nfunc (F) B() {}",
			[]string{"T.A", "T.B in p_o_f.go if linux"},
		},
		"several at once": {
			"-- example.com/o/o_linux.go --\npackage o\ntype E struct{ F }\ntype F struct{}\nfunc (F) A() {}\n-- example.com/o/o_windows.go --\npackage o\ntype E struct{ F }\ntype F struct{}\nfunc (F) B() {}",
			[]string{"T.A in p_o_o_linux.go if linux", "T.B in p_o_o_windows.go if windows"},
		},
		"never": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\nfunc (E) A() {}\n-- example.com/o/g.go --\n//go:build ignore\n\npackage main\ntype E struct{}\nfunc (E) B() {}\n-- example.com/o/h.go --\n//go:build ignore\n\npackage o\nfunc (E) C() {}",
			[]string{"T.A"},
		},
		"under a tag": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\nfunc (E) A() {}\n-- example.com/o/t.go --\n//go:build custom\n\npackage o\nfunc (E) B() {}",
			[]string{"T.A", "T.B in p_o_t.go if custom"},
		},
		"hidden on a system": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{ F }\n-- example.com/o/o_linux.go --\npackage o\nfunc (E) A(n int) {}\n-- example.com/o/f.go --\npackage o\ntype F struct{}\nfunc (F) A(n int) {}",
			[]string{"T.A"},
		},
		"own on a system": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{}\nfunc (E) A(n int) {}\n-- q_linux.go --\npackage p\nfunc (T) A(n uint) {}",
			[]string{"T.A in q_linux.go if linux", "T.A in p_o_o.go if !linux"},
		},
		"own type on a system": {
			"-- example.com/o/o.go --\npackage o\ntype E struct{ F }\ntype F struct{}\nfunc (F) A(n int) {}\n-- example.com/o/q_linux.go --\npackage o\nfunc (E) A(n uint) {}",
			[]string{"T.A in p_o_q_linux.go if linux", "T.A in p_o_o.go if !linux"},
		},
		"release and compiler": {
			"-- example.com/o/o.go --\n//go:build go1.18 && gc\n\npackage o\ntype E struct{}\nfunc (E) A() {}", []string{"T.A"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pkgs, diags := newWorld(front + tt.source).read()
			require.Empty(t, problems(diags))
			require.Equal(t, tt.want, handlersOf(pkgs))
		})
	}
}

// TestMethodsThatFrontsCannotHave are reported where the directive is.
func TestMethodsThatFrontsCannotHave(t *testing.T) {
	t.Parallel()
	const other = "\n-- example.com/o/o.go --\npackage o\nimport \"example.com/o/internal/x\"\n"
	const front = "package p\n\nimport \"example.com/o\"\n\n//asyncgen:bridge\n"
	tests := map[string]struct {
		source string
		want   []string
	}{
		"not found":       {front + "type T struct{ o.Nope }" + other, []string{"p.go:5:1 AG112"}},
		"no package":      {"package p\n\nimport \"example.com/no\"\n\n//asyncgen:bridge\ntype T struct{ no.E }", []string{"p.go:5:1 AG112"}},
		"unexported type": {front + "type T struct{ o.e }" + other + "type e struct{}\nfunc (e) A() {}", []string{"p.go:6:16 AG108"}},
		"hidden type":     {front + "type T struct{ o.E }" + other + "type E struct{}\ntype hidden int\nfunc (E) A(hidden) {}", []string{"p.go:5:1 AG112"}},
		"internal":        {front + "type T struct{ o.E }" + other + "type E struct{}\nfunc (E) A(x.X) {}\nfunc (E) B() {}", []string{"p.go:5:1 AG112"}},
		"internal result": {front + "type T interface{ o.I }" + other + "type I interface{ A() map[int]*x.X }", []string{"p.go:5:1 AG112"}},
		"sealed":          {front + "type T interface{ o.I }" + other + "type I interface{ seal() }", []string{"p.go:5:1 AG112"}},
		"several":         {front + "type T struct{ o.E }" + other + "type E struct{}\nfunc (E) A(x.X) {}\nfunc (E) B(x.X) {}", []string{"p.go:5:1 AG112", "p.go:5:1 AG112"}},
		"not a struct":    {"package p\n\n//asyncgen:bridge\ntype T int\n", []string{"p.go:3:1 AG104"}},
		"constraint":      {"package p\n\n//asyncgen:bridge\ntype T interface{ ~int }\n", []string{"p.go:3:1 AG104"}},
		"undefined":       {"package p\n\n//asyncgen:bridge\ntype T interface{ Nope; A() }\n", []string{"p.go:4:19 AG108"}},
		"defined from no": {"package p\n\nimport \"example.com/no\"\n\n//asyncgen:bridge\ntype T no.E\n", []string{"p.go:5:1 AG112"}},
		"type parameter":  {"package p\n\n//asyncgen:bridge\ntype T[K any] interface{ K; A() }\n", []string{"p.go:3:1 AG104"}},
		"comparable":      {"package p\n\n//asyncgen:bridge\ntype T interface{ comparable }\n", []string{"p.go:3:1 AG104"}},
		"nothing":         {"package p\n\n//asyncgen:bridge\ntype T struct{}\nfunc (T) a() {}\n", []string{"p.go:3:1 AG114"}},
		"twice":           {"package p\n\n//asyncgen:bridge\ntype T struct{}\nfunc (T) A() {}\nfunc (*T) A(n int) {}\n", []string{"p.go:6:11 AG108"}},
		"twice below":     {"package p\n\n//asyncgen:bridge\ntype T struct{ E }\ntype E struct{}\nfunc (E) A() {}\nfunc (*E) A(n int) {}\n", []string{"p.go:7:11 AG108"}},
		"on one system":   {front + "type T interface{ o.I }" + other + "type I interface{ J }\n-- example.com/o/j_linux.go --\npackage o\ntype J interface{ A() }\n-- example.com/o/j_more.go --\n//go:build !linux\n\npackage o\ntype J interface{ B() }", []string{"p.go:5:1 AG112", "p.go:5:1 AG112"}},
		"convention":      {front + "type T struct{ o.E }" + other + "type E struct{}\nfunc (E) ReadByte() (rune, error) {}", []string{"p.go:5:1 AG126"}},
		"key":             {"package p\n\n//asyncgen:bridge key=k\ntype T struct{}\nfunc (T) A(k int) {}\n", []string{"p.go:3:19 AG015"}},
		"serial":          {"package p\n\n//asyncgen:remote serial=k\ntype T struct{}\nfunc (T) A(k int) {}\n", []string{"p.go:3:19 AG015"}},
		"only a stream":   {"package p\n\nimport \"iter\"\n\n//asyncgen:spawn\ntype T struct{}\nfunc (T) A() iter.Seq[int]\n", []string{"p.go:7:10 AG112"}},
		"mode twice":      {"package p\n\n//asyncgen:spawn\n//asyncgen:spawn\ntype T struct{}\nfunc (T) A() {}\n", []string{"p.go:4:1 AG004"}},
		"names":           {"package p\n\n//asyncgen:spawn name=A\n//asyncgen:async name=B\ntype T struct{}\nfunc (T) A() {}\n", []string{"p.go:4:23 AG003"}},
		"skip and more":   {"package p\n\n//asyncgen:bridge\ntype T struct{}\n//asyncgen:skip\n//asyncgen:async\nfunc (T) A() {}\nfunc (T) B() {}\n", []string{"p.go:6:1 AG112"}},
		"two embedded":    {"package p\n\nimport \"github.com/asyncgen/asyncgen/loop\"\n\n//asyncgen:bridge\ntype T struct{ E; F }\ntype E struct{ l *loop.Loop }\ntype F struct{ l *loop.Loop }\n//asyncgen:async\nfunc (E) A() {}\n//asyncgen:async\nfunc (F) B() {}\n//asyncgen:async\nfunc (E) C() {}\n", []string{"p.go:5:1 AG112", "p.go:5:1 AG112"}},
		"embedded loop":   {"package p\n\nimport \"github.com/asyncgen/asyncgen/loop\"\n\n//asyncgen:bridge\ntype T struct{ E }\ntype E struct{ l *loop.Loop }\n//asyncgen:async\nfunc (E) A() {}\n", []string{"p.go:5:1 AG112"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := newWorld(tt.source).read()
			require.Equal(t, tt.want, problems(diags))
		})
	}
}

// TestUnnameableTypes checks that the type to blame is in the message.
func TestUnnameableTypes(t *testing.T) {
	t.Parallel()
	for signature, want := range map[string]string{
		"A(hidden)":               "mentions the type hidden, which that package does not export",
		"A() map[string][]hidden": "mentions the type hidden, which that package does not export",
		"A(hidden int, x hidden)": "mentions the type hidden, which that package does not export",
		"A(x f.X)":                "mentions a type of golang.org/x/f, of which the standard library has a copy of its own",
	} {
		_, diags := newWorld("-- p.go --\npackage p\n\nimport \"net/o\"\n\n//asyncgen:bridge\ntype T struct{ o.E }\n" +
			"-- net/o/o.go --\npackage o\nimport \"golang.org/x/f\"\ntype E struct{}\ntype hidden int\nfunc (E) " + signature + " { panic(0) }").read()
		require.Len(t, diags, 1, signature)
		require.Contains(t, diags[0].Message, want, signature)
	}
}

// TestInternalPackages follows the go command's rule.
func TestInternalPackages(t *testing.T) {
	t.Parallel()
	for path, allowed := range map[string]bool{
		"example.com/m/internal/x":           true,
		"example.com/m/internal":             true,
		"example.com/internal/x":             true,
		"example.com/m/sub/internal/x":       false,
		"example.com/mm/internal/x":          false,
		"example.com/o/internal":             false,
		"example.com/m/internal/a/internal/": false,
		"example.com/o/internals/x":          true,
		"internal/abi":                       false,
	} {
		_, diags := newWorld("-- p.go --\npackage p\n\nimport \"example.com/o\"\n\n//asyncgen:bridge\ntype T struct{ o.E }\n" +
			"-- example.com/o/o.go --\npackage o\nimport x \"" + path + "\"\ntype E struct{}\nfunc (E) A(x.X) {}").read()
		if allowed {
			require.Empty(t, diags, path)
			continue
		}
		require.Equal(t, []string{"p.go:5:1 AG112"}, problems(diags), path)
		require.Contains(t, diags[0].Message, path)
	}
}
