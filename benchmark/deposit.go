package benchmark

import (
	"context"
	"iter"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// What follows is what asyncgen writes for Deposit and Turnover, with the loop as a parameter
// because here one handler is measured on many loops.

// depositOnLoop runs [Book.Deposit] on l and waits for its result.
func depositOnLoop(ctx context.Context, l *loop.Loop, b *Book, account int, amount int64) (int64, error) {
	c, err := loopimpl.Call(ctx, l, &bookDeposit, bookDepositCall{b: b, account: account, amount: amount})
	return c.balance, err
}

// depositAsync schedules [Book.Deposit] on l and returns at once.
func depositAsync(ctx context.Context, l *loop.Loop, b *Book, account int, amount int64) *loop.Future[int64] {
	return loopimpl.Async(ctx, l, &bookDeposit, &bookDepositCall{b: b, account: account, amount: amount})
}

// depositSpawn schedules [Book.Deposit] on l and reports whether it was accepted.
func depositSpawn(ctx context.Context, l *loop.Loop, b *Book, account int, amount int64) error {
	return bookDeposit.Spawn(ctx, l, &bookDepositCall{b: b, account: account, amount: amount})
}

// bookDeposit describes [Book.Deposit] to the runtime.
var bookDeposit = loopimpl.Bridge{Name: "benchmark.Book.Deposit"}

// bookDepositInPlace does so if the bridge has the name of its handler.
var bookDepositInPlace = loopimpl.Bridge{Name: "benchmark.Book.Deposit", InPlace: true}

// bookDepositCall is a call of [Book.Deposit].
type bookDepositCall struct {
	b       *Book
	account int
	amount  int64
	balance int64
}

// Run calls the handler.
func (c *bookDepositCall) Run(ctx context.Context) (err error) {
	c.balance, err = c.b.Deposit(ctx, c.account, c.amount)
	return err
}

// Handler returns the handler, whose position errors name.
func (*bookDepositCall) Handler() any { return (*Book).Deposit }

// Result returns the result to a future.
func (c *bookDepositCall) Result() int64 { return c.balance }

// turnoverOnLoop runs the producer of [Book.Turnover] on l, in chunks, while the
// caller ranges over the values.
func turnoverOnLoop(ctx context.Context, l *loop.Loop, b *Book, account, n int) iter.Seq2[int64, error] {
	return loopimpl.Stream(ctx, l, &bookTurnover, &bookTurnoverCall{b: b, account: account, n: n})
}

// bookTurnoverCall is a call of [Book.Turnover].
type bookTurnoverCall struct {
	b       *Book
	account int
	n       int
}

// Run calls the handler.
func (c *bookTurnoverCall) Run(ctx context.Context) iter.Seq[int64] {
	return c.b.Turnover(ctx, c.account, c.n)
}

// Handler returns the handler, whose position errors name.
func (*bookTurnoverCall) Handler() any { return (*Book).Turnover }

// bookTurnover describes [Book.Turnover] to the runtime.
var bookTurnover = loopimpl.Bridge{Name: "benchmark.Book.Turnover"}

// repeatOnLoop runs a handler on l that calls do n times.
func repeatOnLoop(ctx context.Context, l *loop.Loop, n int, do func(context.Context) error) error {
	return loopimpl.Do(ctx, l, &repeat, repeatCall{n: n, do: do})
}

// repeatCall is a call of repeatOnLoop.
type repeatCall struct {
	n  int
	do func(context.Context) error
}

// Run is the handler.
func (c *repeatCall) Run(ctx context.Context) error {
	for range c.n {
		if err := c.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Handler returns the function whose position errors name.
func (c *repeatCall) Handler() any { return c.do }

var repeat = loopimpl.Bridge{Name: "benchmark.repeat"}
