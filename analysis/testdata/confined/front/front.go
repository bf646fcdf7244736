// Package front marks the fields of a type that has a front: they belong to the front's loop.
package front

import "github.com/asyncgen/asyncgen/loop"

//asyncgen:bridge name=Account
//asyncgen:confined
type account struct {
	balance int64
	unused  *loop.Loop // a front's loop is the one that its constructor gets
}

//asyncgen:spawn
func (a *account) Deposit(n int64) { a.balance += n }

func (a *account) helper() int64 { return a.balance }

func (a *account) Balance() int64 { return a.helper() }

func wrong(a *account) int64 {
	return a.balance // want `account.balance is confined to Account.loop, and it is read in wrong, which does not run on a loop: do that in a handler`
}
