package benchmark_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/benchmark"
)

// BenchmarkCall measures a call through each contender. The command performance
// compares them better, because it measures them in turns; this is for profiles:
//
//	go test -bench 'Call/^default$/callers=64' -cpuprofile cpu.out
func BenchmarkCall(b *testing.B) {
	for _, c := range benchmark.Contenders() {
		b.Run(c.Name, func(b *testing.B) {
			l := c.Open(benchmark.NewBook(0))
			b.Cleanup(l.Close)
			for _, callers := range []int{1, 64} {
				b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
					b.Run("ctx=cancel", func(b *testing.B) { call(b, b.Context(), l, callers) })
					b.Run("ctx=background", func(b *testing.B) { call(b, context.Background(), l, callers) })
				})
			}
		})
	}
}

// call makes b.N calls, divided among the callers.
func call(b *testing.B, ctx context.Context, l benchmark.Ledger, callers int) {
	batch := benchmark.Deposits(l)
	b.ReportAllocs()
	var wg sync.WaitGroup
	for i := range callers {
		n := (b.N + i) / callers // adds up to b.N
		wg.Go(func() {
			if err := batch(ctx, i, n); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}
