package benchmark_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/benchmark"
)

// TestContenders lets many callers add to their accounts through each contender: a
// contender that loses, repeats or mixes up calls has nothing to win.
func TestContenders(t *testing.T) {
	for _, c := range benchmark.Contenders() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			l := c.Open(benchmark.NewBook(0))
			var wg sync.WaitGroup
			for caller := range benchmark.Accounts {
				wg.Go(func() { deposits(t, l, caller) })
			}
			wg.Wait()
			l.Close()
		})
	}
}

// deposits checks that each balance is that of all deposits so far.
func deposits(t *testing.T, l benchmark.Ledger, caller int) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range int64(50) {
		for k, ctx := range []context.Context{ctx, context.Background()} {
			want := 2*i + int64(k) + 1
			got, err := l.Deposit(ctx, caller, 1)
			if got != want || err != nil {
				t.Errorf("deposit %d of caller %d: got %d, %v", want, caller, got, err)
				return
			}
		}
	}
}

// TestBridgesHonourContext checks what makes the baseline the baseline: a caller
// leaves when its context ends, whatever the handler does.
func TestBridgesHonourContext(t *testing.T) {
	for _, name := range []string{benchmark.Baseline, benchmark.Pooled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hold := make(chan struct{})
			l := benchmark.Named(name).Open(benchmark.NewHeldBook(hold))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := l.Deposit(ctx, 0, 1); err == nil {
				t.Error("a call with an ended context has succeeded while the handler waits")
			}
			close(hold)
			l.Close()
		})
	}
}

// TestShapes runs a few calls of each shape and floor, more than a window.
func TestShapes(t *testing.T) {
	shapes := slices.Concat(benchmark.Shapes(), benchmark.SelfCalls(), benchmark.Makings(), benchmark.Floors())
	for _, s := range shapes {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			batch, end := s.Open()
			if err := batch(t.Context(), 0, 300); err != nil {
				t.Error(err)
			}
			end()
		})
	}
}
