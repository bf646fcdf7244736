package benchmark

import (
	"context"
	"iter"
	"runtime"
	"time"
)

// Accounts is the number of accounts in a Book, one for each caller that is ever
// measured at the same time.
const Accounts = 64

// A Book is state that may be touched by one goroutine at a time, or, behind a
// Sharded, by one goroutine at a time per account.
type Book struct {
	accounts [Accounts]account
	work     int           // rounds of arithmetic in each handler
	hold     chan struct{} // handlers wait until it is closed, if there is one
}

// An account has a cache line of its own. Otherwise two shards that run on two
// cores would slow each other down, and the measurement would show that.
type account struct {
	balance int64
	_       [56]byte
}

// NewBook returns an empty book whose handler is busy for about the given time. With
// zero it is as short as a handler can be, which leaves the cost of the call.
func NewBook(busy time.Duration) *Book {
	return &Book{work: rounds(busy)}
}

// NewHeldBook returns an empty book whose handler waits until hold is closed.
func NewHeldBook(hold chan struct{}) *Book { return &Book{hold: hold} }

// Held returns the channel given to NewHeldBook.
func (b *Book) Held() <-chan struct{} { return b.hold }

// Deposit is the handler.
func (b *Book) Deposit(_ context.Context, account int, amount int64) (int64, error) {
	if b.hold != nil {
		<-b.hold
	}
	if b.work > 0 {
		amount += int64(churn(b.work) & 1 >> 1) // 0, but the compiler does not know
	}
	a := &b.accounts[account]
	a.balance += amount
	return a.balance, nil
}

// rounds returns how many rounds of churn take d on this machine. They are counted
// and not timed in the handler, because a handler that looks at the clock would
// count the time during which the operating system ran something else as work.
func rounds(d time.Duration) int {
	if d == 0 {
		return 0
	}
	const sample = 1 << 16
	best := time.Hour
	for range 20 { // the fastest is the one that was not interrupted
		start := time.Now()
		runtime.KeepAlive(churn(sample))
		best = min(best, time.Since(start))
	}
	return int(int64(d) * sample / int64(best))
}

// churn keeps the processor busy for n rounds in a way that the compiler cannot
// shorten.
//
//go:noinline
func churn(n int) uint64 {
	x := uint64(n) | 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// Turnover yields the sum of n deposits into an account after each of them.
func (b *Book) Turnover(ctx context.Context, account, n int) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for range n {
			sum, err := b.Deposit(ctx, account, 1)
			if err != nil || !yield(sum) {
				return
			}
		}
	}
}
