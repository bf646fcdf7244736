package looptest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var deadlockCases = []testCase{
	{about: Deadlock, name: "cycle_of_two", run: func(p *probe) { deadlockCycle(p, 2) }},
	{about: Deadlock, name: "cycle_of_three", run: func(p *probe) { deadlockCycle(p, 3) }},
	{about: Deadlock, name: "at_once", run: deadlockAtOnce},
	{about: Deadlock, name: "full_queue", run: deadlockFullQueue},
	{about: Deadlock, name: "shutdown", run: deadlockShutdown},
	{about: Deadlock, name: "drain", run: deadlockDrain},
	{about: Deadlock, name: "cut_chain", run: func(p *probe) { deadlockCut(p, 2) }, bubble: true},
	{about: Deadlock, name: "cut_chain_of_three", run: func(p *probe) { deadlockCut(p, 3) }, bubble: true},
	{about: Deadlock, name: "slow_is_none", run: deadlockSlow, bubble: true},
}

// foundWithin is how long a cycle may stay undiscovered whose chain is cut.
const foundWithin = 2 * time.Second

// cyclic checks that err is a deadlock of n handlers.
func (p *probe) cyclic(err error, n int) {
	p.Helper()
	if d := p.deadlock(err); len(d.Hops) != n {
		p.Fatalf("%d hops, want %d:\n%v", len(d.Hops), n, err)
	}
}

// deadlock checks that err is a deadlock whose hops are complete.
func (p *probe) deadlock(err error) *loop.DeadlockError {
	p.Helper()
	var d *loop.DeadlockError
	if !errors.As(err, &d) || len(d.Hops) == 0 {
		p.Fatalf("error %v, want a *loop.DeadlockError with hops", err)
	}
	for _, h := range d.Hops {
		if h.Loop == "" || h.Target == "" || h.Stack == "" || h.Handler == "" || h.Position == "" {
			p.Errorf("the hop %+v lacks something", h)
		}
	}
	return d
}

// around calls the loops one from the other's handler, and from the last the first
// again. link makes the context of the inner call.
func around(ctx context.Context, loops []*loop.Loop, link func(context.Context) context.Context) error {
	var call func(ctx context.Context, i int) error
	call = func(ctx context.Context, i int) error {
		if i == len(loops) {
			return run(ctx, loops[0], nothing)
		}
		return run(ctx, loops[i], func(ctx context.Context) error { return call(link(ctx), i+1) })
	}
	return call(ctx, 0)
}

// keep passes a handler's context on; cut forgets it.
func keep(ctx context.Context) context.Context { return ctx }
func cut(context.Context) context.Context      { return context.Background() }

// loops returns n loops.
func (p *probe) loops(n int) (loops []*loop.Loop) {
	for range n {
		loops = append(loops, p.loop())
	}
	return loops
}

// reenters reports whether a handler of the last loop, called by handlers of those before,
// runs on the goroutine of the first loop's handler: the others are inline. Then the
// goroutine holds the first loop itself, and a call of it runs in place.
func reenters(loops []*loop.Loop) bool {
	for _, l := range loops[1:] {
		if l.Snapshot(0).Executor != "inline" {
			return false
		}
	}
	return true
}

// The call that would close the cycle fails at once, or runs in place if there is no cycle
// of goroutines.
func deadlockCycle(p *probe, n int) {
	loops := p.loops(n)
	start := time.Now()
	err := around(p.Context(), loops, keep)
	if !reenters(loops) {
		p.cyclic(err, n)
	} else if err != nil {
		p.Errorf("error %v of a call that could run in place", err)
	}
	if d := time.Since(start); d > time.Second {
		p.Errorf("it took %v, want it at once", d)
	}
	for _, l := range loops {
		p.alive(l)
	}
}

// Of two calls that close a cycle together, exactly one fails, and the other goes
// on.
func deadlockAtOnce(p *probe) {
	for range 50 {
		a, b := p.loop(), p.loop()
		var errs [2]error
		met := make(chan struct{})
		var wg sync.WaitGroup
		meet := func(from, to *loop.Loop, err *error, at func()) {
			_ = run(p.Context(), from, func(ctx context.Context) error {
				at()
				*err = run(ctx, to, nothing)
				return nil
			})
		}
		wg.Go(func() { meet(a, b, &errs[0], func() { met <- struct{}{} }) })
		wg.Go(func() { meet(b, a, &errs[1], func() { <-met }) })
		wg.Wait()
		p.oneCyclic(errs[0], errs[1])
	}
}

// oneCyclic checks that exactly one of two errors is a deadlock, and the other nil.
func (p *probe) oneCyclic(a, b error) (failed error) {
	p.Helper()
	failed = a
	if a == nil {
		failed = b
	} else if b != nil {
		p.Fatalf("both failed:\n%v\n%v", a, b)
	}
	p.cyclic(failed, 2)
	return failed
}

// A wait for room in a full queue is a wait.
func deadlockFullQueue(p *probe) {
	a, b := p.loop(), p.loop(loop.WithQueueSize(1))
	ready := make(chan struct{})
	var forRoom, forResult error
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = run(p.Context(), b, func(ctx context.Context) error {
			close(ready)
			p.until(func() bool { return b.Stats().Waiting == 1 })
			forResult = run(ctx, a, nothing)
			return nil
		})
	})
	<-ready
	wg.Go(func() { _ = run(p.Context(), b, nothing) })
	p.queued(b, 1)
	_ = run(p.Context(), a, func(ctx context.Context) error {
		forRoom = b.Spawn(ctx, func(context.Context) error { return nil })
		return nil
	})
	wg.Wait()
	var d *loop.DeadlockError
	errors.As(p.oneCyclic(forRoom, forResult), &d)
	kinds := map[loop.WaitKind]bool{}
	for _, h := range d.Hops {
		kinds[h.Kind] = true
	}
	if !kinds[loop.WaitRoom] || !kinds[loop.WaitResult] {
		p.Errorf("the waits of the cycle are %v, want one for room and one for a result", kinds)
	}
}

// A handler that a handler of the loop waits for cannot wait for the loop's end.
func deadlockShutdown(p *probe) {
	a, b := p.loop(), p.loop()
	err := run(p.Context(), a, func(ctx context.Context) error {
		return run(ctx, b, func(ctx context.Context) error { return a.Shutdown(ctx) })
	})
	var d *loop.DeadlockError
	switch {
	case reenters([]*loop.Loop{a, b}):
		if err != nil { // it is a handler of a that calls
			p.Errorf("error %v of a Shutdown by a handler of the loop", err)
		}
	case !errors.As(err, &d):
		p.Errorf("error %v, want a *loop.DeadlockError", err)
	}
	<-a.Done() // the loop goes on shutting down
}

// A handler that waits for another loop's end is waiting for that loop's handlers.
func deadlockDrain(p *probe) {
	a, b := p.loop(), p.loop()
	ready := make(chan struct{})
	var inner, drain error
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = run(p.Context(), b, func(ctx context.Context) error {
			close(ready)
			p.stopping(b)
			inner = run(ctx, a, nothing)
			return nil
		})
	})
	<-ready
	_ = run(p.Context(), a, func(ctx context.Context) error {
		drain = b.Shutdown(ctx)
		return nil
	})
	wg.Wait()
	if (inner == nil) == (drain == nil) {
		p.Errorf("the call has %v, the drain has %v; want exactly one to fail", inner, drain)
	}
	var d *loop.DeadlockError
	if !errors.As(errors.Join(inner, drain), &d) {
		p.Errorf("error %v, want a *loop.DeadlockError", errors.Join(inner, drain))
	}
	<-b.Done()
}

// Where no context shows the chain, it is found all the same. Handlers that one
// goroutine is executing, as those of inline loops, may be one hop then: that they
// call each other is known from their contexts only.
func deadlockCut(p *probe, n int) {
	loops := p.loops(n)
	start := time.Now()
	err := around(p.Context(), loops, cut)
	if reenters(loops) {
		if err != nil {
			p.Errorf("error %v of a call that could run in place", err)
		}
		return
	}
	d := p.deadlock(err)
	if len(d.Hops) > n {
		p.Errorf("%d hops, want at most %d:\n%v", len(d.Hops), n, d)
	}
	if d := time.Since(start); d > foundWithin+p.slack() {
		p.Errorf("found after %v, want at most %v", d, foundWithin)
	}
	for _, l := range loops {
		p.alive(l)
	}
}

// A slow handler is not taken for a deadlock, however its callers came.
func deadlockSlow(p *probe) {
	var wg sync.WaitGroup
	for _, link := range []func(context.Context) context.Context{keep, cut} {
		a, b := p.loop(), p.loop()
		wg.Go(func() {
			if err := run(p.Context(), a, func(ctx context.Context) error {
				return run(link(ctx), b, func(context.Context) error { time.Sleep(3 * time.Second); return nil })
			}); err != nil {
				p.Error(err)
			}
		})
		for _, l := range []*loop.Loop{a, b} {
			wg.Go(func() { p.alive(l) })
		}
	}
	wg.Wait()
}
