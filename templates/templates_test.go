package templates_test

import (
	"fmt"
	"go/format"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/templates"
)

// deposit is the model of a method with one result and an error.
func deposit() model.Bridge {
	ctx := model.Var{Name: "ctx", Type: "context.Context", Context: true}
	amount := model.Var{Name: "amount", Type: "int64"}
	return model.Bridge{
		Source:      &model.Handler{Name: "Deposit"},
		Name:        "Account.Deposit",
		Link:        "[Account.Deposit]",
		Title:       "bank.Account.Deposit",
		Recv:        &model.Var{Name: "a", Type: "*Account"},
		Params:      []model.Var{ctx, amount},
		Results:     []model.Var{{Name: "balance", Type: "int64"}, {Name: "err", Type: "error", Error: true}},
		Callee:      "(*Account).Deposit",
		Guard:       "func(*Account, context.Context, int64) (int64, error)",
		Args:        model.Struct{Name: "call", Base: "call", Declared: true, Fields: []model.Field{{Name: "a", Type: "*Account", Value: "a"}, {Name: "amount", Type: "int64", Value: "amount"}}},
		Kept:        []model.Field{{Name: "balance", Type: "int64"}},
		Out:         model.Struct{Name: "int64", Base: "int64"},
		Run:         model.Run{Ctx: "ctx", Call: "c", Err: "err", None: "nil"},
		Descriptors: []model.Descriptor{{Name: "deposit", Options: model.Options{Abandon: true}}},
	}
}

func wrapper(mode model.Mode, b model.Bridge) model.Wrapper {
	w := model.Wrapper{
		Mode: mode, Name: "Deposit" + mode.Suffix(), Doc: []string{"// Text."}, Params: b.Params, Results: b.Results,
		Descriptor: "deposit", Ctx: "ctx", Loop: "a.loop", Out: "c", Err: "err",
	}
	switch mode {
	case model.ModeAsync:
		w.Results = []model.Var{{Type: "*loop.Future[int64]"}}
	case model.ModeSpawn:
		w.Results = []model.Var{{Type: "error", Error: true}}
	}
	return w
}

// render returns a formatted file without its header.
func render(t *testing.T, b model.Bridge) string {
	src, err := templates.Render(model.File{
		Package: "bank", Imports: []model.Import{{Path: "context"}, {Path: model.ImplPath}},
		Runtime: "loop", Impl: "loopimpl", Context: "context", Error: "error", Any: "any", True: "true", Bridges: []model.Bridge{b},
		Remote: remoteName(b, "remote"), RemoteImpl: remoteName(b, "remoteimpl"),
	})
	require.NoError(t, err)
	src, err = format.Source(src)
	require.NoError(t, err)
	_, body, found := strings.Cut(strings.ReplaceAll(string(src), "V2\n)\n", "V2\n"), "SupportsCodegenV2\n\n")
	require.True(t, found)
	return body
}

func remoteName(b model.Bridge, name string) string {
	if b.Remote == nil {
		return ""
	}
	return name
}

func TestEveryModeHasATemplate(t *testing.T) {
	t.Parallel()
	want := map[model.Mode]string{
		model.ModeBridge: "func (a *Account) DepositOnLoop(ctx context.Context, amount int64) (balance int64, err error) {\n\tc, err := loopimpl.Call(ctx, a.loop, &deposit, call{a: a, amount: amount})\n\treturn c.balance, err\n}\n",
		model.ModeAsync:  "func (a *Account) DepositAsync(ctx context.Context, amount int64) *loop.Future[int64] {\n\treturn loopimpl.Async(ctx, a.loop, &deposit, &call{a: a, amount: amount})\n}\n",
		model.ModeSpawn:  "func (a *Account) DepositSpawn(ctx context.Context, amount int64) error {\n\treturn deposit.Spawn(ctx, a.loop, &call{a: a, amount: amount})\n}\n",
	}
	for _, m := range model.Modes() {
		if m == model.ModeRemote {
			continue // TestRemote
		}
		b := deposit()
		b.Wrappers = []model.Wrapper{wrapper(m, b)}
		require.Contains(t, render(t, b), "// Text.\n"+want[m])
	}
}

func TestRemote(t *testing.T) {
	t.Parallel()
	b := deposit()
	b.Recv, b.Run, b.Kept, b.Descriptors, b.Guard = nil, model.Run{}, nil, nil, ""
	b.Args = model.Struct{Name: "request", Base: "request", Declared: true, Fields: []model.Field{{Name: "Amount", Type: "int64", Value: "amount", Wire: "amount"}}}
	b.Out = model.Struct{Name: "reply", Base: "reply", Declared: true, Fields: []model.Field{{Name: "Balance", Type: "int64", Wire: "balance"}}}
	w := wrapper(model.ModeRemote, b)
	w.Descriptor, w.Client, w.Out = "method", "client", "out"
	b.Wrappers = []model.Wrapper{w}
	b.Remote = &model.RemoteCall{
		Method: "method", Service: "bank/Account", Name: "Deposit", KeyIn: "in", Key: "in.Amount",
		Errors: []model.RemoteError{{Name: "bank.ErrNone", Expr: "ErrNone"}, {Name: "bank.Limit", Expr: "*Limit", Type: true}},
		Answer: model.Answer{
			LoopIn: "_", Loop: "target.loop", Handler: "(*Account).Deposit", Ctx: "ctx", In: "in",
			Callee: "target.Deposit", Args: []string{"ctx", "in.Amount"}, Results: []string{"balance"}, Err: "err",
		},
		Registration: &model.Registration{Name: "RegisterDeposit", Doc: "// Registers.", Worker: "worker", Target: "target", TargetType: "*Account"},
	}
	require.Equal(t, `// Text.
func DepositRemote(ctx context.Context, amount int64) (balance int64, err error) {
	out, err := method.Call(ctx, client, request{amount})
	return out.Balance, err
}

// Registers.
func RegisterDeposit(worker *remote.Worker, target *Account) error {
	return remoteimpl.Register(worker, method.On(
		func(request) *loop.Loop { return target.loop },
		(*Account).Deposit,
		func(ctx context.Context, in request) (reply, error) {
			balance, err := target.Deposit(ctx, in.Amount)
			return reply{balance}, err
		},
	))
}

// request is a call of [Account.Deposit] on the wire.
type request struct {
	Amount int64 `+"`json:\"amount\"`"+`
}

// reply holds the results of [Account.Deposit] on the wire.
type reply struct {
	Balance int64 `+"`json:\"balance\"`"+`
}

// method describes [Account.Deposit] to clients and workers.
var method = remoteimpl.Method[request, reply]{
	Service: "bank/Account",
	Name:    "Deposit",
	Title:   "bank.Account.Deposit",
	Serial:  true,
	Key:     func(in request) string { return remoteimpl.KeyOf(in.Amount) },
	Errors: []remoteimpl.ErrorDef{
		remoteimpl.Sentinel("bank.ErrNone", ErrNone),
		remoteimpl.ErrorType[*Limit]("bank.Limit"),
	},
}
`, render(t, b))
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	require.Equal(t, `var deposit = loopimpl.Bridge{Name: "bank.Account.Deposit", Abandon: true}

// call is a call of [Account.Deposit].
type call struct {
	a       *Account
	amount  int64
	balance int64
}

func (c *call) Run(ctx context.Context) (err error) {
	c.balance, err = c.a.Deposit(ctx, c.amount)
	return err
}

func (*call) Handler() any {
	return (func(*Account, context.Context, int64) (int64, error))((*Account).Deposit)
}
`, render(t, deposit()))
}

func TestHeader(t *testing.T) {
	t.Parallel()
	b := deposit()
	b.Wrappers = []model.Wrapper{wrapper(model.ModeBridge, b)}
	src, err := templates.Render(model.File{
		Package: "p", Constraint: "linux && !cgo", Runtime: "loop", Impl: "implpkg", Sources: []string{"a.go", "b.go"}, Error: "error", Context: "context", Any: "any", True: "true",
		Imports: []model.Import{{Path: "context"}, {Path: "example.com/b", Name: "x"}, {Path: model.ImplPath, Name: "implpkg"}},
		Bridges: []model.Bridge{b},
	})
	require.NoError(t, err)
	src, err = format.Source(src)
	require.NoError(t, err)
	got, _, _ := strings.Cut(string(src), "\n// Text.")
	require.Equal(t, `// Code generated by asyncgen; DO NOT EDIT.
// Source: a.go, b.go. Output format 2.
//
// Each handler has a variable that describes it to the runtime, and a type whose values are its calls:
// arguments and results. Run calls the handler on its loop. Handler returns it as a function of the
// type that it had when this file was generated. If the handler's signature has changed since, that
// conversion does not compile: run asyncgen again.

//go:build linux && !cgo

package p

import (
	"context"

	x "example.com/b"
	implpkg "github.com/asyncgen/asyncgen/loop/loopimpl"
)

// If this line does not compile, github.com/asyncgen/asyncgen in go.mod is older than the asyncgen that
// wrote this file, and has to be updated, or it is newer, and asyncgen has to run again.
const _ = implpkg.SupportsCodegenV2
`, got)
}

// A file with many sources has a header of several lines.
func TestHeaderOfManySources(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("handlers%02d.go", i))
	}
	src, err := templates.Render(model.File{Package: "p", Runtime: "loop", Sources: names})
	require.NoError(t, err)
	header, _, _ := strings.Cut(string(src), "\n\n")
	for line := range strings.Lines(header) {
		require.LessOrEqual(t, len(line), 101)
	}
	require.Equal(t, 30, strings.Count(header, ".go"))
	require.True(t, strings.HasSuffix(header, "Output format 2."))
}
