//go:build !race

package benchmark_test

import (
	"context"
	"testing"

	"github.com/asyncgen/asyncgen/benchmark"
)

// TestCallsDoNotAllocate holds for callers who come again with the same context.
// The race detector empties pools at random, so it has to be off.
func TestCallsDoNotAllocate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, name := range []string{
		benchmark.Default, benchmark.Inline, benchmark.Thread, benchmark.Main, benchmark.Sharded,
	} {
		for _, ctx := range []context.Context{ctx, context.Background()} {
			l := benchmark.Named(name).Open(benchmark.NewBook(0))
			allocs := testing.AllocsPerRun(1000, func() {
				if _, err := l.Deposit(ctx, 0, 1); err != nil {
					t.Error(err)
				}
			})
			l.Close()
			if allocs != 0 {
				t.Errorf("%s, %v: %v allocations per call, want 0", name, ctx, allocs)
			}
		}
	}
}
