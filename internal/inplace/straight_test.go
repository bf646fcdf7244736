package inplace_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/inplace"
	"github.com/asyncgen/asyncgen/internal/model"
)

// sources of a package that has been renamed already: handlers of T run on t.l, F and G on the variable, and the generated
// file has their bridges. What %BODY% stands for is the code of the case.
const (
	loopSource = `package p

import "github.com/asyncgen/asyncgen/loop"

type Loop = loop.Loop

type T struct{ base; m *Loop }
type base struct { l *Loop; n int }
type E struct{ *T }

var shared *Loop

func (t *T) aHandler(other *T) { t.bHandler0() }
func (t *T) bHandler0()        {}
func (t *T) bHandler()         {}
func (t *T) cHandler()         {}
func fHandler()                {}
func gHandler(t *T)            {}
func keyedHandler()            {}
func againHandler()            {}
func genericHandler[X any](x X) {}
`
	bridgeSource = `package p

func (t *T) A(other *T)    { t.aHandler(other) }
func (t *T) B()            { t.bHandler() }
func (t *T) C()            { t.cHandler() }
func F()                   { fHandler() }
func G(t *T)               { gHandler(t) }
func Keyed()               { keyedHandler() }
func Again()               { againHandler() }
func Generic[X any](x X)   { genericHandler(x) }
`
)

// runtime is an importer that has package loop only.
type runtime struct{}

func (runtime) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, "loop")
	obj := types.NewTypeName(token.NoPos, pkg, "Loop", nil)
	types.NewNamed(obj, types.NewStruct(nil, nil), nil)
	pkg.Scope().Insert(obj)
	pkg.MarkComplete()
	return pkg, nil
}

// bridges are what the generator would say of them: T's run on a field, F on a variable, G on the field of its parameter.
func bridges() []model.Bridge {
	field := func(name string) model.LoopChoice { return model.LoopChoice{Kind: model.LoopField, Name: name} }
	variable := model.LoopChoice{Kind: model.LoopVar, Name: "shared"}
	keyed, again := variable, model.Options{NonReentrant: true}
	keyed.Key = &model.Key{Text: "x"}
	handler := func(name string, method bool, l model.LoopChoice, o model.Options) model.Bridge {
		h := &model.Handler{
			Name: name, Body: strings.ToLower(name[:1]) + name[1:] + "Handler", InPlace: true,
			Directives: []model.Directive{{Mode: model.ModeBridge, Loop: l, Options: o, InPlace: true}},
		}
		if method {
			h.Recv = &model.Receiver{Name: "t", Type: "T"}
		}
		return model.Bridge{Source: h}
	}
	return []model.Bridge{
		handler("A", true, field("l"), model.Options{}), handler("B", true, field("l"), model.Options{}), handler("C", true, field("m"), model.Options{}),
		handler("F", false, variable, model.Options{}), handler("Again", false, variable, again), handler("Keyed", false, keyed, model.Options{}),
		handler("Generic", false, variable, model.Options{}),
	}
}

// straightened returns the body after the edits. It replaces that of a handler, of A or of F, and may be followed by other
// declarations.
func straightened(t *testing.T, handler, code string, mentioned ...string) string {
	t.Helper()
	src := strings.Replace(loopSource, "{ t.bHandler0() }", "{}", 1)
	head := map[string]string{"A": "func (t *T) aHandler(other *T) ", "F": "func fHandler() "}[handler]
	at := strings.Index(src, head) + len(head)
	end := at + strings.IndexByte(src[at:], '\n')
	src = src[:at] + code + src[end:]
	fset := token.NewFileSet()
	var files []*ast.File
	for path, text := range map[string]string{"/p/p.go": src, "/p/async_gen_inplace.go": bridgeSource} {
		f, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, f)
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
	}
	pkg, err := (&types.Config{Importer: runtime{}}).Check("p", fset, files, info)
	require.NoError(t, err)
	edits := inplace.Straight(inplace.Package{
		Fset: fset, Files: files, Types: pkg, Info: info, Bridges: bridges(),
		Mentioned: func(name string) bool {
			for _, m := range mentioned {
				if m == name {
					return true
				}
			}
			return false
		},
	})
	for path := range edits {
		require.Equal(t, "/p/p.go", path)
	}
	return string(inplace.Apply([]byte(src), edits["/p/p.go"]))
}

// In these, every call named yes is on the loop, and no other is.
func TestStraight(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler, code string
		straight      []string // in the order of the source
		not           []string
	}{
		"the same receiver":            {"A", "{ t.B(); (t).B() }", []string{"t.bHandler(); (t).bHandler()"}, []string{".B("}},
		"another value":                {"A", "{ other.B() }", nil, []string{"bHandler() }"}},
		"another field":                {"A", "{ t.C() }", nil, []string{"cHandler() }"}},
		"a loop of another kind":       {"A", "{ F() }", nil, []string{"{ fHandler() }"}},
		"the same variable":            {"F", "{ F(); Generic(1); Generic[int](2) }", []string{"fHandler(); genericHandler(1); genericHandler[int](2)"}, nil},
		"a key decides":                {"F", "{ Keyed() }", nil, []string{"{ keyedHandler() }"}},
		"nonreentrant":                 {"F", "{ Again() }", nil, []string{"{ againHandler() }"}},
		"a deferred call":              {"A", "{ defer t.B() }", []string{"defer t.bHandler()"}, nil},
		"a deferred literal":           {"A", "{ defer func() { t.B() }() }", []string{"t.bHandler() }()"}, nil},
		"arguments of go":              {"F", "{ go func(n int) {}(func() int { F(); return 1 }()) }", []string{"{ fHandler(); return"}, nil},
		"a goroutine":                  {"A", "{ go t.B(); go func() { t.B() }() }", nil, []string{"t.bHandler()"}},
		"a value":                      {"A", "{ f := t.B; f(); g := func() { t.B() }; g() }", nil, []string{"t.bHandler"}},
		"a method expression":          {"A", "{ (*T).B(t) }", nil, []string{"(*T).bHandler"}},
		"promoted":                     {"A", "{ e := E{t}; e.B() }", nil, []string{"e.bHandler"}},
		"a receiver that is assigned":  {"A", "{ t.B(); t = other; t.B() }", nil, []string{"t.bHandler"}},
		"whose address is taken":       {"A", "{ p := &t; *p = other; t.B() }", nil, []string{"t.bHandler"}},
		"assigned by a loop":           {"A", "{ for _, t = range []*T{other} { t.B() } }", nil, []string{"t.bHandler"}},
		"the field is assigned":        {"A", "{ t.l = other.l; t.B() }", nil, []string{"t.bHandler"}},
		"the field's address is taken": {"A", "{ p := &t.l; *p = other.l; t.B() }", nil, []string{"t.bHandler"}},
		"what promotes it is assigned": {"A", "{ t.base = other.base; t.B() }", nil, []string{"t.bHandler"}},
		"the promoted field, in full":  {"A", "{ t.base.l = other.l; t.B() }", nil, []string{"t.bHandler"}},
		"a field beside it":            {"A", "{ t.n = other.n; t.base.n++; t.B() }", []string{"t.bHandler()"}, nil},
		"the struct is assigned":       {"A", "{ *t = *other; t.B() }", nil, []string{"t.bHandler"}},
		"the variable is assigned":     {"F", "{ shared = new(Loop); F() }", nil, []string{"{ fHandler"}},
		"the variable, elsewhere":      {"F", "{ F() }\nfunc Set() { shared = new(Loop) }", nil, []string{"{ fHandler"}},
		"the variable, at first":       {"F", "{ F() }\nfunc init() { shared = new(Loop) }", []string{"{ fHandler() }"}, nil},
		"a range over a function":      {"F", "{ for range func(yield func() bool) {} { F() } }", nil, []string{"{ fHandler"}},
		"a range over a number":        {"F", "{ for range 3 { F() } }", []string{"{ fHandler"}, nil},
		"a hidden name":                {"F", "{ fHandler := 1; _ = fHandler; F() }", nil, []string{"; fHandler()"}},
		"a helper":                     {"A", "{ t.h(); help(t) }\nfunc (t *T) h() { t.B() }\nfunc help(x *T) { x.B() }", []string{"h() { t.bHandler() }", "{ x.bHandler() }"}, nil},
		"helpers that recur":           {"A", "{ even(t, 3) }\nfunc even(x *T, n int) { odd(x, n-1) }\nfunc odd(x *T, n int) { x.B(); even(x, n-1) }", []string{"x.bHandler()"}, nil},
		"a helper of somebody else":    {"A", "{ help(t) }\nfunc help(x *T) { x.B() }\nfunc Other(x *T) { help(x) }", nil, []string{"x.bHandler"}},
		"a helper that is a value":     {"A", "{ help(t) }\nfunc help(x *T) { x.B() }\nvar f = help", nil, []string{"x.bHandler"}},
		"a helper in a goroutine":      {"A", "{ help(t); go help(t) }\nfunc help(x *T) { x.B() }", nil, []string{"x.bHandler"}},
		"a helper of two values":       {"A", "{ help(t); help(other) }\nfunc help(x *T) { x.B() }", nil, []string{"x.bHandler"}},
		"a helper that nobody calls":   {"A", "{}\nfunc help(x *T) { x.B() }", nil, []string{"x.bHandler"}},
		"an exported helper":           {"A", "{ Help(t) }\nfunc Help(x *T) { x.B() }", nil, []string{"x.bHandler"}},
		"a helper that assigns":        {"A", "{ help(t) }\nfunc help(x *T) { x.l = nil; x.B() }", nil, []string{"x.bHandler"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := straightened(t, test.handler, test.code)
			for _, want := range test.straight {
				require.Contains(t, got, want)
			}
			for _, not := range test.not {
				require.NotContains(t, got, not)
			}
			if test.straight == nil {
				require.Contains(t, got, test.code, "nothing changes")
			}
		})
	}
	require.Contains(t, straightened(t, "A", "{ help(t) }\nfunc help(x *T) { x.B() }", "help"), "x.B()", "a test mentions it")
}
