package looptest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var awaitCases = []testCase{
	{about: Await, name: "sleepers", run: awaitSleepers, bubble: true},
	{about: Await, name: "others_run", run: awaitOthersRun},
	{about: Await, name: "exclusion", run: awaitExclusion},
	{about: Await, name: "panic", run: awaitPanic},
	{about: Await, name: "goexit", run: awaitGoexit},
	{about: Await, name: "canceled", run: awaitCanceled},
	{about: Await, name: "nested", run: awaitNested},
}

// A thousand handlers that sleep take about as long as one.
func awaitSleepers(p *probe) {
	const sleepers, nap = 1000, 50 * time.Millisecond
	l, start := p.loop(), time.Now()
	var wg sync.WaitGroup
	for range sleepers {
		wg.Go(func() {
			if err := run(p.Context(), l, func(ctx context.Context) error { return loop.Sleep(ctx, nap) }); err != nil {
				p.Error(err)
			}
		})
	}
	wg.Wait()
	// In a bubble it is exactly one nap. Elsewhere it is the time that the machine needs for a
	// thousand goroutines, and by far not a thousand naps.
	if d := time.Since(start); d > nap+p.slack() {
		p.Errorf("%d naps of %v took %v together", sleepers, nap, d)
	}
}

// While a handler awaits something, the one that it awaits can run.
func awaitOthersRun(p *probe) {
	l, done := p.loop(), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := run(p.Context(), l, func(ctx context.Context) error {
			err := loop.Await(ctx, func(context.Context) error { <-done; return nil })
			return err
		})
		if err != nil {
			p.Error(err)
		}
	})
	p.until(func() bool { return l.Stats().Awaiting == 1 })
	_ = run(p.Context(), l, func(context.Context) error { close(done); return nil })
	wg.Wait()
}

// Coming back from Await, a handler has the loop for itself again.
func awaitExclusion(p *probe) {
	const handlers, turns = 20, 20
	l, plain := p.loop(), 0
	var inside atomic.Int32
	enter := func() {
		if inside.Add(1) != 1 {
			p.Error("two handlers hold the role at the same time")
		}
		plain++
	}
	var wg sync.WaitGroup
	for range handlers {
		wg.Go(func() {
			_ = run(p.Context(), l, func(ctx context.Context) error {
				for range turns {
					enter()
					inside.Add(-1)
					_ = loop.Sleep(ctx, 0)
				}
				return nil
			})
		})
	}
	wg.Wait()
	if plain != handlers*turns {
		p.Errorf("plain = %d, want %d", plain, handlers*turns)
	}
}

// A panic in Await is the handler's, which has the role back when it sees it.
func awaitPanic(p *probe) {
	l, recovered := p.loop(), false
	_, v := within(func() {
		_ = run(p.Context(), l, func(ctx context.Context) error {
			defer func() {
				v := recover()
				recovered = v != nil
				panic(v)
			}()
			err := loop.Await(ctx, func(ctx context.Context) error { return explode(ctx) })
			return err
		})
	})
	var own *ownError
	if err, _ := v.(error); !recovered || !errors.As(err, &own) {
		p.Errorf("recovered in the handler: %v, panic of the caller %v (%T)", recovered, v, v)
	}
	p.alive(l)
}

// So is a Goexit.
func awaitGoexit(p *probe) {
	l, deferred := p.loop(), false
	returned, v := within(func() {
		_ = run(p.Context(), l, func(ctx context.Context) error {
			defer func() { deferred = true }()
			err := loop.Await(ctx, func(context.Context) error { runtime.Goexit(); return nil })
			return err
		})
	})
	if returned || v != nil || !deferred {
		p.Errorf("returned = %v, panic with %v, deferred = %v; want the goroutine to end", returned, v, deferred)
	}
	p.alive(l)
}

// A sleeping handler wakes when its caller's context ends.
func awaitCanceled(p *probe) {
	l := p.loop()
	ctx, cancel := context.WithCancelCause(p.Context())
	go func() {
		p.until(func() bool { return l.Stats().Awaiting == 1 })
		cancel(errReason)
	}()
	err := run(ctx, l, func(ctx context.Context) error { return loop.Sleep(ctx, time.Hour) })
	if err != errReason {
		p.Errorf("error %v, want the cause", err)
	}
	p.alive(l)
}

// In Await there is nothing to give up, so a second one just calls.
func awaitNested(p *probe) {
	l := p.loop()
	v, err := loop.Call(p.Context(), l, func(ctx context.Context) (int, error) {
		return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
			return loop.AwaitValue(ctx, func(context.Context) (int, error) { return 42, nil })
		})
	})
	if v != 42 || err != nil {
		p.Errorf("got %v, %v; want 42", v, err)
	}
	p.alive(l)
}
