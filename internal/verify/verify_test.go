package verify_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/verify"
)

// check type-checks a handler's file and a generated one.
func check(t *testing.T, handler, generated string) verify.Input {
	in := verify.Input{Fset: token.NewFileSet()}
	for name, src := range map[string]string{"p.go": handler, "async_gen.go": generated} {
		f, err := parser.ParseFile(in.Fset, name, src, 0)
		require.NoError(t, err)
		in.Files = append(in.Files, f)
	}
	conf := types.Config{Importer: importer.Default(), Error: func(err error) {
		in.Errors = append(in.Errors, err.(types.Error)) //nolint:errorlint // the type checker's contract
	}}
	_, _ = conf.Check("p", in.Fset, in.Files, nil)
	return in
}

func output(in verify.Input) map[string]verify.Output {
	h := &model.Handler{Name: "Get", Recv: nil}
	for _, f := range in.Files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "Get" {
				h.Pos, h.Begin, h.End = in.Fset.Position(fn.Name.Pos()), in.Fset.Position(fn.Pos()), in.Fset.Position(fn.Type.End())
			}
		}
	}
	h.Directives = []model.Directive{{Loop: model.LoopChoice{Pos: token.Position{Filename: "p.go", Line: 9, Column: 9}}}}
	b := model.Bridge{
		Source: h, Name: "Get", Args: model.Struct{Base: "getCall"},
		Wrappers:    []model.Wrapper{{Name: "GetOnLoop"}},
		Descriptors: []model.Descriptor{{Name: "getBridge"}},
	}
	return map[string]verify.Output{"async_gen.go": {Package: "p", File: model.File{Bridges: []model.Bridge{b}}}}
}

func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	const header = "package p\n\n"
	tests := map[string]struct {
		handler, generated string
		want               diag.Code
	}{
		"right":         {"func Get(n int) {}", "func GetOnLoop() { Get(1) }", ""},
		"user's error":  {"func Get() {}\nvar x Undefined", "func GetOnLoop() { Get() }", ""},
		"bug in body":   {"func Get(n int) {}", "func GetOnLoop() { Get() }", diag.BugTypes},
		"bug in struct": {"func Get(n int) {}", "type getCall struct { n Undefined }", diag.BugTypes},
		"bug elsewhere": {"func Get(n int) {}", "var stray Undefined", diag.BugTypes},
		"declaration":   {"func Get(n Undefined) {}", "func GetOnLoop(n Undefined) { Get(n) }", diag.BadDeclaration},
		"type behind": {
			"func Get(n S[int]) {}\ntype S[T Nope] struct{}", "func GetOnLoop() { var _ Nope; Get(S[int]{}) }", diag.BadDeclaration,
		},
		"alias behind":       {"func Get(n A) {}\ntype A = B\ntype B struct{ B }", "func GetOnLoop() { Get() }", diag.BadDeclaration},
		"error elsewhere":    {"func Get(n int) {}\nvar x Undefined", "func GetOnLoop() { Get() }", diag.BadDeclaration},
		"error in a body":    {"func Get(n int) {}\nfunc f() int { return Undefined }", "func GetOnLoop() { Get() }", diag.BugTypes},
		"use of the output":  {"func Get(n int) {}\nvar x = GetOnLoop", "func GetOnLoop() { Get() }", diag.BugTypes},
		"import not used":    {"import \"fmt\"\nfunc Get(n int) {}", "func GetOnLoop() { Get() }", diag.BugTypes},
		"collides elsewhere": {"func Get(n int) {}\nvar stray int", "var stray int\nfunc GetOnLoop() { Get(1) }", diag.BugTypes},
		"runtime":            {"func Get() {}", "import _ \"" + model.RuntimePath + "\"", diag.RuntimeMissing},
		"other import":       {"import _ \"nowhere/x\"\nfunc Get() {}", "import _ \"nowhere/x\"", ""},
		"old runtime":        {"func Get() {}\nvar loopimpl struct{}", "const _ = loopimpl.SupportsCodegenV2", diag.RuntimeMissing},
		"loop": {
			"type b struct{}\nfunc (b) Spawn(ctx, l, in int) {}\nfunc Get() {}",
			"func GetOnLoop() { b{}.Spawn(1, \"\", 2) }", diag.LoopType,
		},
	}
	for _, c := range model.RuntimeCalls() {
		// Any type but the argument's will do for the loop.
		args := strings.Split(strings.Repeat("1 ", c.Arity), " ")[:c.Arity]
		args[c.Loop] = `"x"`
		tests["loop of "+c.Receiver+"."+c.Name] = struct {
			handler, generated string
			want               diag.Code
		}{
			"type b struct{}\nfunc (b) " + c.Name + "(...int) {}\nfunc Get() {}",
			"func GetOnLoop() { b{}." + c.Name + "(" + strings.Join(args, ", ") + ") }", diag.LoopType,
		}
	}
	for name, tt := range tests {
		in := check(t, header+tt.handler, header+tt.generated)
		got := verify.Errors(in, output(in))
		if tt.want == "" {
			require.Empty(t, got, name)
			continue
		}
		require.Len(t, got, 1, name)
		require.Equal(t, tt.want, got[0].Code, name)
		require.Equal(t, "p", got[0].Package, name)
	}
}

// TestOtherRuntime checks that a runtime of another version is the one thing that is reported of a file.
func TestOtherRuntime(t *testing.T) {
	t.Parallel()
	const generated = "package p\n\nconst _ = loopimpl.SupportsCodegenV2\n\nfunc GetOnLoop() { loopimpl.Do(Get); undefined() }\n"
	in := check(t, "package p\n\nfunc Get() {}\nvar loopimpl struct{}\n", generated)
	require.Greater(t, len(in.Errors), 2)
	for message, constant := range map[string]string{
		"the required version of github.com/asyncgen/asyncgen is too old for this asyncgen": "SupportsCodegenV1",
		"the required version of github.com/asyncgen/asyncgen is too new for this asyncgen": "SupportsCodegenV10",
	} {
		runtime := types.NewPackage(model.ImplPath, "loopimpl")
		runtime.Scope().Insert(types.NewConst(0, runtime, constant, types.Typ[types.Bool], nil))
		in.Types = types.NewPackage("p", "p")
		in.Types.SetImports([]*types.Package{runtime})
		got := verify.Errors(in, output(in))
		require.Len(t, got, 1)
		require.Equal(t, diag.RuntimeMissing, got[0].Code)
		require.Equal(t, message, got[0].Message)
	}
}

// TestErrorsOfImportedPackages checks that generated code that fails because of
// another package is not called a bug.
func TestErrorsOfImportedPackages(t *testing.T) {
	t.Parallel()
	in := check(t, "package p\n\nfunc Get(n int) {}", "package p\n\nfunc GetOnLoop() { Get() }")
	f, err := parser.ParseFile(in.Fset, "other.go", "package other\n\nvar X Undefined", 0)
	require.NoError(t, err)
	in.Imported = []types.Error{{Fset: in.Fset, Pos: f.Decls[0].Pos(), Msg: "undefined: Undefined"}}
	got := verify.Errors(in, output(in))
	require.Len(t, got, 1)
	require.Equal(t, diag.BadDeclaration, got[0].Code)
	require.Equal(t, "other.go", got[0].Pos.Filename)
	require.Equal(t, "a package that Get needs does not type-check: undefined: Undefined", got[0].Message)
}

// TestMethodsAreFound checks that an error in a generated method is traced to its
// handler, however the receiver is written.
func TestMethodsAreFound(t *testing.T) {
	t.Parallel()
	for _, receiver := range []string{"T[int]", "*T[int]", "(T[int])", "*(T[int])", "(*T[int])", "((*(T[int])))"} {
		in := check(t, "package p\n\ntype T[A any] struct{}\n\nfunc (t *T[A]) Get(n int) {}", "package p\n\nfunc (t "+receiver+") GetOnLoop() { t.Get() }")
		out := output(in)
		bridge := &out["async_gen.go"].File.Bridges[0]
		bridge.Recv, bridge.Source.Recv = &model.Var{Name: "t"}, &model.Receiver{Type: "T"}
		got := verify.Errors(in, out)
		require.Len(t, got, 1, receiver)
		require.Equal(t, diag.BugTypes, got[0].Code, receiver)
		require.Len(t, got[0].Related, 1, receiver)
		require.Equal(t, bridge.Source.Pos, got[0].Related[0].Pos, receiver)
	}
}
