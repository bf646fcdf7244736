package report

import (
	"context"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/benchmark"
)

// runBlocked measures the cost of waiting callers: those of loops and, for comparison,
// those of the hand-written bridge and goroutines that only receive from a channel.
func runBlocked(r *Result, e Effort) error {
	names := []string{benchmark.Default, benchmark.Inline, benchmark.Thread, benchmark.Baseline}
	for _, name := range names {
		for _, n := range e.Blocked {
			b, err := blocked(benchmark.Named(name), n)
			if err != nil {
				return err
			}
			r.Blocked = append(r.Blocked, b)
		}
	}
	for _, n := range e.Blocked {
		b, err := blocked(receivers, n)
		if err != nil {
			return err
		}
		r.Blocked = append(r.Blocked, b)
	}
	return nil
}

// receivers is the floor: goroutines that receive from one channel.
var receivers = benchmark.Contender{
	Name: "goroutines that receive from a channel",
	Open: func(b *benchmark.Book) benchmark.Ledger { return receiver{b} },
}

type receiver struct{ book *benchmark.Book }

func (r receiver) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	select {
	case <-r.book.Held():
	case <-ctx.Done():
	}
	return 0, ctx.Err()
}

func (receiver) Close() {}

// blocked measures n callers of c.
func blocked(c benchmark.Contender, n int) (Blocked, error) {
	b := Blocked{Name: c.Name, Callers: n}
	for _, cancels := range []bool{false, true} {
		w := startWaiters(c, n)
		if !cancels {
			b.Stack, b.Heap = w.memory()
		}
		took, err := w.end(cancels)
		if err != nil {
			return b, err
		}
		if cancels {
			b.Cancel = took / time.Duration(n)
		} else {
			b.Release = took / time.Duration(n)
		}
	}
	return b, nil
}

// waiters are callers of one ledger whose handler does not return.
type waiters struct {
	n      int
	before runtime.MemStats
	ledger benchmark.Ledger
	hold   chan struct{}
	cancel context.CancelFunc
	wg     sync.WaitGroup
	left   atomic.Int64  // callers that have not returned
	few    chan struct{} // closed when only the one is left whose handler runs
	failed atomic.Pointer[error]
}

// startWaiters starts n callers and returns when all of them wait.
func startWaiters(c benchmark.Contender, n int) *waiters {
	w := &waiters{n: n, hold: make(chan struct{}), few: make(chan struct{})}
	w.ledger = c.Open(benchmark.NewHeldBook(w.hold))
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(context.Background())
	w.left.Store(int64(n))
	collect()
	runtime.ReadMemStats(&w.before)
	already := waiting()
	for range n {
		w.wg.Go(func() {
			_, err := w.ledger.Deposit(ctx, 0, 1)
			if err != nil && ctx.Err() == nil {
				w.failed.Store(&err)
			}
			if w.left.Add(-1) == 1 {
				close(w.few)
			}
		})
	}
	for waiting() < already+uint64(n) {
		time.Sleep(time.Millisecond)
	}
	return w
}

// memory returns the bytes of stack and of heap that each caller takes up.
func (w *waiters) memory() (stack, heap float64) {
	collect()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	n := float64(w.n)
	return float64(int64(after.StackInuse-w.before.StackInuse)) / n,
		float64(int64(after.HeapAlloc-w.before.HeapAlloc)) / n
}

// end lets the callers go, by their context or by letting the handlers run, and
// returns how long it took until they had returned.
func (w *waiters) end(cancels bool) (time.Duration, error) {
	start := time.Now()
	if cancels {
		w.cancel()
		<-w.few
	} else {
		close(w.hold)
		w.wg.Wait()
	}
	took := time.Since(start)
	if cancels {
		close(w.hold)
		w.wg.Wait()
	}
	w.cancel()
	w.ledger.Close()
	if err := w.failed.Load(); err != nil {
		return 0, *err
	}
	return took, nil
}

// collect runs the collector twice, because only the second run frees the contents
// of pools.
func collect() {
	runtime.GC()
	runtime.GC()
}

// waiting returns the number of goroutines that wait for something.
func waiting() uint64 {
	sample := []metrics.Sample{{Name: "/sched/goroutines/waiting:goroutines"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
