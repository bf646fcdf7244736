package looptest

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
)

var orderCases = []testCase{
	{about: Order, name: "exclusion", run: orderExclusion},
	{about: Order, name: "futures", run: orderFutures},
	{about: Order, name: "mixed", run: orderMixed},
	{about: Order, name: "happens_before", run: orderHappensBefore},
}

// No two handlers run at the same time. The race detector watches, and so does a counter, for
// runs without it. In the middle of a handler others get the processor, so that one that may
// not run has the chance to.
func orderExclusion(p *probe) {
	const callers, calls = 16, 200
	l, plain := p.loop(), 0
	var inside atomic.Int32
	handler := func(context.Context) error {
		if inside.Add(1) != 1 {
			p.Error("two handlers run at the same time")
		}
		plain++
		runtime.Gosched()
		inside.Add(-1)
		return nil
	}
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for range calls {
				if i%2 == 0 {
					_ = run(p.Context(), l, handler)
				} else {
					_ = l.Spawn(p.Context(), func(ctx context.Context) error { _ = handler(ctx); return nil })
				}
			}
		})
	}
	wg.Wait()
	p.alive(l) // it stands behind all that has been spawned
	if plain != callers*calls {
		p.Errorf("plain = %d, want %d", plain, callers*calls)
	}
}

// The tasks of one goroutine run in the order of their submission.
func orderFutures(p *probe) {
	const n = 2000 // more than the queue holds
	l := p.loop(loop.WithQueueSize(64))
	var order []int
	for i := range n {
		_ = loop.Async(p.Context(), l, func(context.Context) (struct{}, error) {
			order = append(order, i)
			return struct{}{}, nil
		})
	}
	p.alive(l)
	p.ascending(order, n)
}

// So it does whether the goroutine waits for the results or not.
func orderMixed(p *probe) {
	const n = 600
	l := p.loop()
	var order []int
	for i := range n {
		note := func(context.Context) error { order = append(order, i); return nil }
		switch i % 5 {
		case 0, 1:
			_ = l.Spawn(p.Context(), func(ctx context.Context) error { _ = note(ctx); return nil })
		case 2, 3:
			_ = loop.Async(p.Context(), l, func(ctx context.Context) (struct{}, error) { return struct{}{}, note(ctx) })
		default:
			_ = run(p.Context(), l, note)
		}
	}
	p.alive(l)
	p.ascending(order, n)
}

// ascending checks that order is 0, 1, 2 and so on up to n.
func (p *probe) ascending(order []int, n int) {
	p.Helper()
	if len(order) != n {
		p.Errorf("%d handlers ran, want %d", len(order), n)
	}
	for i, v := range order {
		if v != i {
			p.Fatalf("number %d ran as number %d", v, i)
		}
	}
}

// Submission comes before the handler, the handler before the next one and before its caller's
// return. Nothing but the loop orders these accesses, so the race detector would notice.
func orderHappensBefore(p *probe) {
	l, shared := p.loop(), make(map[int]int)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				mine := []int{i, j}
				_ = run(p.Context(), l, func(context.Context) error {
					shared[mine[0]] += mine[1]
					mine[1] = shared[mine[0]]
					return nil
				})
				if mine[1] != j*(j+1)/2 {
					p.Errorf("caller %d sees %d after %d, want %d", i, mine[1], j, j*(j+1)/2)
				}
			}
		})
	}
	wg.Wait()
}
