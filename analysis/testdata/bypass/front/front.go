// Package front has a type whose methods run on the loop of its front.
package front

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

//asyncgen:bridge name=Account
type account struct{ balance int64 }

func Open(l *loop.Loop) *Account {
	a := &account{}
	a.Deposit(1) // nobody else has it yet
	return newAccount(a, l)
}

//asyncgen:async
func (a *account) Deposit(n int64) int64 {
	a.balance += n
	return a.balance
}

func (a *account) Twice(n int64) int64 { return a.Deposit(n) + a.Deposit(n) }

// Shutdown is a method of the front that is not generated.
func (a *Account) Shutdown(ctx context.Context) error { return a.loop.Shutdown(ctx) }

func right(ctx context.Context, a *Account) (int64, error) {
	f := a.DepositAsync(ctx, 1)
	if _, err := a.Deposit(ctx, 1); err != nil {
		return 0, err
	}
	return f.Await(ctx)
}

func wrong(ctx context.Context, a *Account, inner *account) int64 {
	a.target.Twice(1)       // want `account.Twice is a handler of Account.loop, and this call is made in wrong, which does not run on a loop: call Account.Twice`
	return inner.Deposit(1) // want `account.Deposit is a handler of Account.loop, and this call is made in wrong, which does not run on a loop: call Account.Deposit`
}

func pass(a *account) func(int64) int64 {
	return a.Deposit // want `account.Deposit is a handler of Account.loop, and whoever gets this value may call it anywhere: pass Account.Deposit`
}
