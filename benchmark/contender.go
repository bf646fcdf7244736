package benchmark

import (
	"context"
	"slices"
)

// A Ledger is a Book behind something that runs its handler for one caller at a
// time.
type Ledger interface {
	// Deposit runs the handler and returns its result.
	Deposit(ctx context.Context, account int, amount int64) (int64, error)
	// Close ends the goroutines of the ledger. No call may follow.
	Close()
}

// A Contender is a way to run a handler on behalf of many goroutines.
type Contender struct {
	Name string
	// Open starts one that runs the handler of the book.
	Open func(*Book) Ledger
}

// Baseline is the contender that the others are compared with: the bridge that
// a good engineer writes.
const Baseline = "hand-written"

// Floor is the contender that does only what every bridge has to do whose callers
// sleep while another goroutine runs the handler.
const Floor = "floor: push, run, wake"

// Contenders returns all contenders in the order of the report: the executors of
// package loop, the hand-written bridges, the libraries, and the floor.
func Contenders() []Contender {
	return slices.Concat(executors(), written(), libraries(), []Contender{{Floor, openExchange}})
}

// Named returns the contender with the given name. It panics if there is none.
func Named(name string) Contender {
	for _, c := range Contenders() {
		if c.Name == name {
			return c
		}
	}
	panic("benchmark: no contender " + name)
}
