package names_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
	"github.com/asyncgen/asyncgen/internal/parse"
)

const header = `package p

import (
	"context"
	"iter"
	"net/http"

	"github.com/asyncgen/asyncgen/loop"
)

type Store struct{ loop *loop.Loop }
type httpStore struct{ loop *loop.Loop }
type HTTPStore struct{ loop *loop.Loop }

var shared *loop.Loop

var _ = []any{context.Canceled, iter.Seq[int](nil), http.Header{}}

`

// plan names the output for one source file behind the header.
func plan(t *testing.T, src string) model.File {
	tree := parse.Files(parse.Directory{
		Path: "example.com/p", Dir: "/p", Module: "example.com/p",
		Files: []parse.Source{{Path: "/p/p.go", Src: []byte(header + src), Marked: true}},
	})
	pkgs := tree.Build(nil, nil)
	require.Empty(t, tree.Diagnostics())
	require.Len(t, pkgs, 1)
	files, problems := names.Plan(pkgs[0])
	require.Empty(t, problems)
	require.Len(t, files, 1)
	require.Equal(t, []string{"p.go"}, files[0].Sources)
	return files[0]
}

// only returns the bridge of the only handler of a source file.
func only(t *testing.T, src string) model.Bridge {
	f := plan(t, src)
	require.Len(t, f.Bridges, 1)
	return f.Bridges[0]
}

func fields(list []model.Field) string {
	var words []string
	for _, f := range list {
		words = append(words, f.Name+" "+f.Type)
	}
	return strings.Join(words, ", ")
}

func vars(list []model.Var) string {
	var words []string
	for _, v := range list {
		words = append(words, strings.TrimSpace(v.Name+" "+v.Type))
	}
	return strings.Join(words, ", ")
}

// The declarations of a handler are named after it and its receiver.
func TestDeclarationsOfAHandler(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][3]string{ // descriptor, call, function
		"//asyncgen:bridge\nfunc (s *Store) Get() {}":                        {"storeGet", "storeGetCall", "GetOnLoop"},
		"//asyncgen:bridge\nfunc (s *httpStore) get() {}":                    {"httpStoreGet", "httpStoreGetCall", "getOnLoop"},
		"//asyncgen:bridge\nfunc (s *HTTPStore) Get() {}":                    {"httpStoreGet", "httpStoreGetCall", "GetOnLoop"},
		"//asyncgen:bridge\nfunc Get() {}":                                   {"getBridge", "getCall", "GetOnLoop"},
		"//asyncgen:bridge\nfunc HTTPGet() {}":                               {"httpGetBridge", "httpGetCall", "HTTPGetOnLoop"},
		"//asyncgen:bridge\nfunc len() {}":                                   {"lenBridge", "lenCall", "lenOnLoop"},
		"var storeGet int\n//asyncgen:bridge\nfunc (s *Store) Get() {}":      {"storeGetBridge", "storeGetCall", "GetOnLoop"},
		"type storeGetCall int\n//asyncgen:bridge\nfunc (s *Store) Get() {}": {"storeGet", "storeGetCall2", "GetOnLoop"},
		"//asyncgen:bridge name=Fetch\nfunc (s *Store) Get(storeGet int) {}": {"storeGetBridge", "storeGetCall", "Fetch"},
		"//asyncgen:bridge\nfunc Get[T any](x T) {}":                         {"getInstances", "getCall", "GetOnLoop"},
		"//asyncgen:async\nfunc Get() {}":                                    {"getBridge", "getCall", "GetAsync"},
		"//asyncgen:spawn\nfunc Get() {}":                                    {"getBridge", "getCall", "GetSpawn"},
		"//asyncgen:bridge\nfunc Rows() iter.Seq[int] { return nil }":        {"rowsBridge", "rowsCall", "RowsOnLoop"},
	} {
		b := only(t, src)
		require.Len(t, b.Descriptors, 1, src)
		require.Equal(t, want, [3]string{b.Descriptors[0].Name, b.Args.Base, b.Wrappers[0].Name}, src)
	}
}

// One capitalizer spells all names that begin in lower case.
func TestCapitalsOfUnexportedNames(t *testing.T) {
	t.Parallel()
	for handler, want := range map[string][4]string{ // function, registration, method, request
		"func (s *HTTPStore) fetch() {}": {"httpStoreFetchRemote", "registerHTTPStoreFetch", "httpStoreFetchMethod", "httpStoreFetchRequest"},
		"func (s *httpStore) Fetch() {}": {"httpStoreFetchRemote", "registerHttpStoreFetch", "httpStoreFetchMethod", "httpStoreFetchRequest"},
		"func (s *Store) fetchURL() {}":  {"storeFetchURLRemote", "registerStoreFetchURL", "storeFetchURLMethod", "storeFetchURLRequest"},
		"func (s *HTTPStore) Fetch() {}": {"HTTPStoreFetchRemote", "RegisterHTTPStoreFetch", "httpStoreFetchMethod", "httpStoreFetchRequest"},
	} {
		b := only(t, "//asyncgen:remote\n"+handler)
		require.Equal(t, want, [4]string{b.Wrappers[0].Name, b.Remote.Registration.Name, b.Remote.Method, b.Args.Base}, handler)
	}
}

// Fields have the names of what they hold, and differ from the methods of their type.
func TestFieldsOfACall(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][2]string{ // arguments, results
		"func (s *Store) Get(ctx context.Context, key string) (value int, err error)": {"s *Store, key string", "value int"},
		"func (*Store) Get(key string) int":                                           {"s *Store, key string", "result int"},
		"func (s *Store) Get() (int, bool, error)":                                    {"s *Store", "r0 int, r1 bool"},
		"func (s *Store) Get(string, ...int) (_ int, ok bool)":                        {"s *Store, p1 string, p2 []int", "r0 int, ok bool"},
		"func (s *Store) Get(Run, Handler int) (Result int)":                          {"s *Store, Run2 int, Handler2 int", "result int"},
		"func (s *Store) Get(result int) int":                                         {"s *Store, result int", "result2 int"},
		"func (s *Store) Get()":                                                       {"s *Store", ""},
		"func (s *Store) Get() iter.Seq[int]":                                         {"s *Store", ""},
	} {
		b := only(t, "//asyncgen:bridge\n"+src+" { panic(0) }")
		require.Equal(t, want, [2]string{fields(b.Args.Fields), fields(b.Kept)}, src)
	}
}

// Only waiting callers need to be told apart, so only their directives ask for descriptions.
func TestDirectivesShareADescription(t *testing.T) {
	t.Parallel()
	for directives, want := range map[string][]string{
		"bridge":                                     {"storeGet"},
		"bridge,async,spawn":                         {"storeGet"},
		"async,bridge abandon,spawn":                 {"storeGet"},
		"bridge,bridge name=G abandon":               {"storeGet", "storeGetAbandon"},
		"bridge abandon,bridge name=G":               {"storeGet", "storeGetPlain"},
		"bridge,bridge name=G signature=same,async":  {"storeGet", "storeGetSame"},
		"bridge,bridge name=G abandon nonreentrant,": {"storeGet", "storeGetAbandonNonReentrant"},
	} {
		src := ""
		for d := range strings.SplitSeq(strings.TrimSuffix(directives, ","), ",") {
			src += "//asyncgen:" + d + "\n"
		}
		b := only(t, src+"func (s *Store) Get(ctx context.Context) (int, error) { return 0, nil }")
		var got []string
		for _, d := range b.Descriptors {
			got = append(got, d.Name)
		}
		require.Equal(t, want, got, directives)
		for _, w := range b.Wrappers {
			require.Contains(t, got, w.Descriptor, directives)
		}
	}
}

// Locals keep the source's names unless these hide something that the body mentions.
func TestLocalsHideNothing(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][3]string{ // parameters, out, err
		"func (s *Store) Get(key string) int":               {"ctx context.Context, key string", "c", "err"},
		"func (s *Store) Get(c, err string) int":            {"ctx context.Context, c string, err string", "call", "callErr"},
		"func (s *Store) Get(loop string) int":              {"ctx context.Context, loopArg string", "c", "err"},
		"func (s *Store) Get(ctx string) int":               {"callCtx context.Context, ctx string", "c", "err"},
		"func (s *Store) Get(storeGetCall int) (n int)":     {"ctx context.Context, storeGetCall int", "c", "err"},
		"func (s *Store) Get() (c int, failure error)":      {"ctx context.Context", "call", "failure"},
		"func (s *Store) Get(context.Context) (int, error)": {"ctx context.Context", "c", "err"},
	} {
		b := only(t, "//asyncgen:bridge\n"+src+" { panic(0) }")
		w := b.Wrappers[0]
		require.Equal(t, want, [3]string{vars(w.Params), w.Out, w.Err}, src)
	}
}

// The name of an import is free in the whole package.
func TestImportsGiveWay(t *testing.T) {
	t.Parallel()
	f := plan(t, "func loop() {}\n\n//asyncgen:bridge loop=q\nfunc Get() {}\n\nvar q, context int")
	require.Equal(t, "asyncgenloop", f.Runtime)
	require.Equal(t, "contextpkg", f.Context)
}

// A front and its methods share the names of its fields.
func TestFront(t *testing.T) {
	t.Parallel()
	f := plan(t, "//asyncgen:bridge\ntype box struct{ target, loop int }\n\nfunc (b *box) Get(n int) (int, error) { return n, nil }\n")
	require.Len(t, f.Fronts, 1)
	d := f.Fronts[0]
	require.Equal(t, []string{"boxOnLoop", "newBoxOnLoop", "*box", "target", "loop"}, []string{d.Name, d.Constructor, d.Target, d.TargetField, d.LoopField})
	b := f.Bridges[0]
	require.Equal(t, "boxOnLoopGetCall", b.Args.Base)
	require.Equal(t, "target *box, n int", fields(b.Args.Fields))
	require.Equal(t, "b.target", b.Args.Fields[0].Value)
	require.Equal(t, "b.loop", b.Wrappers[0].Loop)
}

// A front's type parameters are those of its target.
func TestGenericFront(t *testing.T) {
	t.Parallel()
	f := plan(t, "//asyncgen:bridge\ntype Box[K comparable, _ any] struct{ k K }\n\nfunc (b *Box[A, _]) Get(k A) A { return k }\n")
	d := f.Fronts[0]
	require.Equal(t, "[K, T2]", d.TypeArgs)
	require.Equal(t, []model.TypeVar{{Name: "K", Constraint: "comparable"}, {Name: "T2", Constraint: "any"}}, d.TypeParams)
	require.Equal(t, "boxOnLoopGetCall[K, T2]", f.Bridges[0].Args.Name)
	require.Equal(t, "loopimpl.Instance[boxOnLoopGetCall[K, T2]](&boxOnLoopGetInstances)", f.Bridges[0].Wrappers[0].Descriptor)
}

// A future of several results has a type of its own, which users can name if they can name the
// handler.
func TestResultsOfAFuture(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][2]string{ // type, fields
		"func (s *Store) Get() (value int, ok bool, err error)": {"StoreGetResults", "Value int, Ok bool"},
		"func (s *Store) get() (value int, ok bool)":            {"storeGetResults", "value int, ok bool"},
		"func (s *Store) Get() (int, bool)":                     {"StoreGetResults", "R0 int, R1 bool"},
		"func (s *Store) Get() (世界 int, ok bool)":               {"StoreGetResults", "R0 int, Ok bool"},
		"func (s *Store) Get() int":                             {"int", ""},
		"func (s *Store) Get() error":                           {"struct{}", ""},
	} {
		b := only(t, "//asyncgen:async\n"+src+" { panic(0) }")
		require.Equal(t, want, [2]string{b.Out.Name, fields(b.Out.Fields)}, src)
		require.Empty(t, only(t, "//asyncgen:bridge\n"+src+" { panic(0) }").Out.Name, src)
	}
}
