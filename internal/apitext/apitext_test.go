package apitext_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/apitext"
)

const source = `package p

import ("context"; "io"; "time"; "sync")

const (
	A Color = iota
	B
	name = "not exported"
	Wait = 100 * time.Millisecond
	Text = "a\nb"
	Untyped = 1.5
)

type Color uint8

func (c Color) String() string { return "" }
func (c *Color) Set(to string) error { return nil }
func (c Color) hidden() {}

var ErrX, errY error
var Hook func(name string, list ...int) (n int, err error)

type Pair[K comparable, V any] struct {
	Key   K
	Value V ` + "`json:\"v\"`" + `
}

func (p *Pair[K, V]) Swap(other map[K]func(old V) V) (*Pair[K, V], <-chan V) { return p, nil }

type Sealed interface{ apply(n int) }

type Open interface {
	io.Closer
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

type Number interface{ comparable; ~int | ~int64 }

type base struct{ Shared, own int }

func (base) Reach() {}

type Derived struct {
	base
	sync.Locker
	io.Reader
	When time.Time
}

type Same = Pair[string, *Color]
type List[T any] = []Pair[int, T]
type Byte = byte
type Func func(ctx context.Context) (done bool)

func Call[T any, L ~[]T](ctx context.Context, list L, fn func(one T) error) (all []T, err error) { return nil, nil }
func lower() {}
`

var want = strings.Split(strings.TrimSpace(`
const A Color = 0
const B Color = 1
const Text untyped string = "a\nb"
const Untyped untyped float = 3/2
const Wait time.Duration = 100000000
func Call[T any, L ~[]T](context.Context, L, func(T) error) ([]T, error)
method (*Color) Set(string) error
method (*Pair[K, V]) Swap(map[K]func(V) V) (*Pair[K, V], <-chan V)
method (Color) String() string
method (Derived) Lock()
method (Derived) Reach()
method (Derived) Read([]byte) (int, error)
method (Derived) Unlock()
type Byte = byte
type Color uint8
type Derived struct
type Derived struct, Shared int
type Derived struct, When time.Time
type Derived struct, embedded io.Reader
type Derived struct, embedded sync.Locker
type Derived struct, unexported fields
type Func func(context.Context) bool
type List[T any] = []Pair[int, T]
type Number interface
type Number interface, comparable
type Number interface, ~int | ~int64
type Open interface
type Open interface, Close() error
type Open interface, Do(context.Context, func(context.Context) error) error
type Pair[K comparable, V any] struct
type Pair[K comparable, V any] struct, Key K
type Pair[K comparable, V any] struct, Value V "json:\"v\""
type Same = Pair[string, *Color]
type Sealed interface
type Sealed interface, unexported methods
var ErrX error
var Hook func(string, ...int) (int, error)
`), "\n")

func TestLines(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	require.NoError(t, err)
	cfg := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	p, err := cfg.Check("github.com/asyncgen/asyncgen/p", fset, []*ast.File{file}, nil)
	require.NoError(t, err)
	require.Equal(t, want, apitext.Lines(p))
}

func TestPublic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                "module github.com/asyncgen/asyncgen/extra\n\ngo 1.26.0\n",
		"extra.go":              "package extra\n\nimport \"github.com/asyncgen/asyncgen/extra/sub\"\n\n// X is public.\nfunc X(y sub.Y) {}\n",
		"sub/sub.go":            "package sub\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/asyncgen/asyncgen/extra/internal/hidden\"\n)\n\ntype Y struct{ R *http.Request; H hidden.Z }\n",
		"internal/hidden/z.go":  "package hidden\n\ntype Z int\n",
		"command/main.go":       "package main\n\nfunc main() {}\n",
		"onlytests/one_test.go": "package onlytests\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	packages, err := apitext.Public(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, []apitext.Package{
		{"github.com/asyncgen/asyncgen/extra", []string{"func X(extra/sub.Y)"}},
		{"github.com/asyncgen/asyncgen/extra/sub", []string{"type Y struct", "type Y struct, H extra/internal/hidden.Z", "type Y struct, R *net/http.Request"}},
	}, packages)
	require.Equal(t, "api/extra/sub.txt", packages[1].File())

	require.NoError(t, os.WriteFile(filepath.Join(dir, "extra.go"), []byte("package extra\n\nvar X = nothing\n"), 0o600))
	_, err = apitext.Public(t.Context(), dir)
	require.ErrorContains(t, err, "undefined: nothing")
}

func TestDiff(t *testing.T) {
	t.Parallel()
	a, b, c := "a\n", "b\n", "c\n"
	for _, test := range []struct {
		have, want []string
		diff       string
	}{
		{nil, nil, ""},
		{[]string{a, b}, []string{a, b}, ""},
		{nil, []string{a}, "+ a\n"},
		{[]string{a}, nil, "- a\n"},
		{[]string{a, b}, []string{a, c}, "- b\n+ c\n"},
		{[]string{b}, []string{a, b, c}, "+ a\n+ c\n"},
		{[]string{a, a}, []string{a}, "- a\n"},
	} {
		require.Equal(t, test.diff, apitext.Diff(test.have, test.want))
	}
}
