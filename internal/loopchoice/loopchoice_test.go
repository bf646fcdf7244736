package loopchoice_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

type candidate = loopchoice.Candidate[string]

func names(list []candidate) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.Name)
	}
	return all
}

func TestChoose(t *testing.T) {
	t.Parallel()
	list := func(kinds ...loopchoice.Kind) []candidate {
		var all []candidate
		for i, k := range kinds {
			all = append(all, candidate{Kind: k, Name: string(rune('a' + i))})
		}
		return all
	}
	const none, one, many, unclear = loopchoice.None, loopchoice.Loop, loopchoice.Sharded, loopchoice.Unclear
	for _, test := range []struct {
		fields, variables []candidate
		found             []string
		field             bool
		unclear           []string
	}{
		{},
		{fields: list(none), variables: list(none)},
		{fields: list(one), variables: list(one), found: []string{"a"}, field: true},
		{fields: list(none, many), found: []string{"b"}, field: true},
		{fields: list(one, many), found: []string{"a", "b"}, field: true},
		{fields: list(one, unclear), found: []string{"a"}, field: true},
		{fields: list(unclear), variables: list(none, one), found: []string{"b"}},
		{fields: list(none, unclear), variables: list(unclear), unclear: []string{"b", "a"}},
		{variables: list(one, one), found: []string{"a", "b"}},
		{variables: list(unclear, none), unclear: []string{"a"}},
	} {
		d := loopchoice.Choose(test.fields, test.variables)
		require.Equal(t, test.found, names(d.Found), "%v", test)
		require.Equal(t, test.field, d.Field, "%v", test)
		require.Equal(t, test.unclear, names(d.Unclear), "%v", test)
	}
}

// A field of an unclear type comes before a variable only if nothing checks the choice.
func TestStrict(t *testing.T) {
	t.Parallel()
	own := []candidate{{Kind: loopchoice.Loop, Name: "own"}}
	unclear := []candidate{{Kind: loopchoice.Unclear, Name: "unclear"}}
	for _, test := range []struct{ fields, variables, found, unclear []candidate }{
		{nil, own, own, nil},
		{own, unclear, own, nil},
		{unclear, own, nil, unclear},
		{append(unclear, own...), own, own, nil},
		{nil, append(unclear, own...), own, nil},
		{unclear, unclear, nil, append(unclear, unclear...)},
	} {
		d := loopchoice.Strict(test.fields, test.variables)
		require.Equal(t, names(test.found), names(d.Found), "%v", test)
		require.Equal(t, names(test.unclear), names(d.Unclear), "%v", test)
	}
}

// check type-checks a package against the source of package loop.
func check(t *testing.T, src string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, 0)
	require.NoError(t, err)
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := conf.Check("p", fset, []*ast.File{f}, nil)
	require.NoError(t, err)
	return pkg
}

func TestFieldsAndVariables(t *testing.T) {
	t.Parallel()
	pkg := check(t, `package p

import "github.com/asyncgen/asyncgen/loop"

type (
	L = loop.Loop
	P = *L

	T struct {
		a *L
		b P
		c loop.Loop
		d **loop.Loop
		shallow
		*ring
		hidden string
	}
	shallow struct { hidden *loop.Loop; s *loop.Sharded; both P }
	ring    struct { *ring; r P; both P }
	G[X any] struct { x X; g *loop.Loop }
	I = G[string]
	Method struct{ *deeper }
	deeper struct { run P }
)

func (Method) run() {}

var (
	v1 = loop.New()
	v2 P
	v3 loop.Loop
	v4 = loop.NewSharded
	v5 = loop.NewSharded(2)
)
`)
	all := func(*types.Var) bool { return true }
	kinds := func(list []loopchoice.Candidate[*types.Var]) map[string]loopchoice.Kind {
		m := map[string]loopchoice.Kind{}
		for _, c := range list {
			m[c.Name] = c.Kind
		}
		return m
	}
	fields := func(name string) map[string]loopchoice.Kind {
		return kinds(loopchoice.Fields(pkg.Scope().Lookup(name).Type(), pkg))
	}
	type want = map[string]loopchoice.Kind
	require.Equal(t, want{"a": loopchoice.Loop, "b": loopchoice.Loop, "s": loopchoice.Sharded, "r": loopchoice.Loop}, fields("T"))
	require.Equal(t, want{"g": loopchoice.Loop}, fields("I"))
	require.Equal(t, want{"g": loopchoice.Loop}, fields("G"))
	require.Empty(t, fields("Method"), "a method hides the field")
	require.Equal(t, want{"v1": loopchoice.Loop, "v2": loopchoice.Loop, "v5": loopchoice.Sharded}, kinds(loopchoice.Variables(pkg, all)))
	require.Equal(t, loopchoice.Unclear, loopchoice.KindOf(types.Typ[types.Invalid]))
}

// TestConstructed compares the functions of the runtime that return loops with what they are.
func TestConstructed(t *testing.T) {
	t.Parallel()
	pkg, err := importer.ForCompiler(token.NewFileSet(), "source", nil).Import(model.RuntimePath)
	require.NoError(t, err)
	found := 0
	for _, name := range pkg.Scope().Names() {
		fn, ok := pkg.Scope().Lookup(name).(*types.Func)
		if !ok || !fn.Exported() || fn.Signature().Results().Len() == 0 {
			continue
		}
		kind := loopchoice.KindOf(fn.Signature().Results().At(0).Type())
		if kind == loopchoice.None {
			kind = loopchoice.Unclear // a generic function, among others
		} else {
			found++
		}
		require.Equal(t, kind, loopchoice.Constructed(name), name)
	}
	require.Positive(t, found)
}
