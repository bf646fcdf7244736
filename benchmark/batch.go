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

// DepositsAnew returns a batch of calls of l in which no call has the context of
// the call before, as in a server, where each request has its own with its own Done
// channel. Making the contexts is not part of the batch: a program has them anyway.
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
