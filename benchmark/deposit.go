package benchmark

import (
	"context"
	"iter"

	"github.com/asyncgen/asyncgen/loop"
)

// What follows is what asyncgen writes for Deposit and Turnover, with the loop as a parameter
// because here one handler is measured on many loops.

// depositOnLoop runs [Book.Deposit] on l and waits for its result.
func depositOnLoop(ctx context.Context, l *loop.Loop, b *Book, account int, amount int64) (int64, error) {
	return bookDeposit.Call(ctx, l, bookDepositArgs{b, account, amount})
}

// depositAsync schedules [Book.Deposit] on l and returns at once.
func depositAsync(ctx context.Context, l *loop.Loop, b *Book, account int, amount int64) *loop.Future[int64] {
	return bookDeposit.Go(ctx, l, bookDepositArgs{b, account, amount})
}

// depositSpawn schedules [Book.Deposit] on l and reports whether it was accepted.
func depositSpawn(ctx context.Context, l *loop.Loop, b *Book, account int, amount int64) error {
	return bookDeposit.Spawn(ctx, l, bookDepositArgs{b, account, amount})
}

// bookDepositArgs carries one call of [Book.Deposit] to its loop.
type bookDepositArgs struct {
	b       *Book
	account int
	amount  int64
}

// Run calls the handler.
func (in bookDepositArgs) Run(ctx context.Context) (int64, error) {
	return in.b.Deposit(ctx, in.account, in.amount)
}

// Handler returns the handler, whose position errors name.
func (bookDepositArgs) Handler() any { return (*Book).Deposit }

// bookDeposit describes [Book.Deposit] to the runtime.
var bookDeposit = loop.Bridge[bookDepositArgs, int64]{Name: "benchmark.Book.Deposit"}

// turnoverOnLoop runs the producer of [Book.Turnover] on l, in chunks, while the
// caller ranges over what it yields.
func turnoverOnLoop(ctx context.Context, l *loop.Loop, b *Book, account, n int) iter.Seq[int64] {
	return loop.Stream(ctx, l, &bookTurnover, bookTurnoverArgs{b, account, n})
}

// bookTurnoverArgs carries one call of [Book.Turnover] to its loop.
type bookTurnoverArgs struct {
	b       *Book
	account int
	n       int
}

// Run calls the handler.
func (in bookTurnoverArgs) Run(ctx context.Context) (iter.Seq[int64], error) {
	return in.b.Turnover(ctx, in.account, in.n), nil
}

// Handler returns the handler, whose position errors name.
func (bookTurnoverArgs) Handler() any { return (*Book).Turnover }

// bookTurnover describes [Book.Turnover] to the runtime.
var bookTurnover = loop.Bridge[bookTurnoverArgs, iter.Seq[int64]]{Name: "benchmark.Book.Turnover"}

// repeatOnLoop runs a handler on l that calls do n times.
func repeatOnLoop(ctx context.Context, l *loop.Loop, n int, do func(context.Context) error) error {
	_, err := repeat.Call(ctx, l, repeatArgs{n, do})
	return err
}

// repeatArgs carries one call of repeatOnLoop to its loop.
type repeatArgs struct {
	n  int
	do func(context.Context) error
}

// Run is the handler.
func (in repeatArgs) Run(ctx context.Context) (struct{}, error) {
	for range in.n {
		if err := in.do(ctx); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
}

// Handler returns the function whose position errors name.
func (in repeatArgs) Handler() any { return in.do }

var repeat = loop.Bridge[repeatArgs, struct{}]{Name: "benchmark.repeat"}
