// Package inplace has handlers whose bridges have their names.
package inplace

import "github.com/asyncgen/asyncgen/loop"

// Account is bridged as a whole.
//
//asyncgen:bridge inplace
type Account struct {
	loop *loop.Loop
	//asyncgen:confined
	balance int
}

// Deposit runs on the loop, whoever calls it.
func (a *Account) Deposit(n int) { a.balance += n; a.check() }

//asyncgen:confined
func (a *Account) check() {
	if a.balance < 0 {
		panic("no cover")
	}
}

// Peek is left out.
//
//asyncgen:skip
func (a *Account) Peek() int { return 0 }

var vm = loop.New()

// Eval is bridged by itself.
//
//asyncgen:bridge inplace loop=vm
func Eval(n int) int { return n + count }

//asyncgen:confined loop=vm
var count int

func other(a *Account) {
	a.Deposit(1)
	go a.Deposit(2)
	f := a.Deposit
	f(Eval(3))
	a.check() // want `Account.check has to run on Account.loop, and this call is made in other, which does not run on a loop`
}
