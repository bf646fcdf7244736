package benchmark

import (
	"context"

	"github.com/asyncgen/asyncgen/benchmark/measure"
)

// Deposits returns a batch of calls of l with the context of the batch.
func Deposits(l Ledger) measure.Batch {
	return func(ctx context.Context, caller, n int) error {
		for range n {
			if _, err := l.Deposit(ctx, caller, 1); err != nil {
				return err
			}
		}
		return nil
	}
}

// DepositsAnew returns a batch of calls of l, each with a context of its own and its
// own Done channel, like the requests of a server. The batch does not include the
// construction of the contexts: a program has them anyway.
func DepositsAnew(ctx context.Context, l Ledger) measure.Batch {
	var contexts [Accounts][16]context.Context
	for i := range contexts {
		for k := range contexts[i] {
			own, cancel := context.WithCancel(ctx)
			context.AfterFunc(ctx, cancel) // not before the measurement is over
			contexts[i][k] = own
		}
	}
	return func(_ context.Context, caller, n int) error {
		own := &contexts[caller]
		for i := range n {
			if _, err := l.Deposit(own[i%len(own)], caller, 1); err != nil {
				return err
			}
		}
		return nil
	}
}
