package looptest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var settlementCases = []testCase{
	{about: Settlement, name: "result", run: settlementResult},
	{about: Settlement, name: "many_callers", run: settlementMany},
	{about: Settlement, name: "future", run: settlementFuture},
	{about: Settlement, name: "spawn", run: settlementSpawn},
	{about: Settlement, name: "races", run: settlementRaces},
}

// The caller gets the handler's result and the handler's own error.
func settlementResult(p *probe) {
	l, own := p.loop(), errors.New("the handler's own")
	v, err := loop.Call(p.Context(), l, func(context.Context) (int, error) { return 42, own })
	if v != 42 || err != own {
		p.Errorf("got %v, %v; want what the handler returned", v, err)
	}
}

// Every caller gets its own answer.
func settlementMany(p *probe) {
	const callers, calls = 32, 100
	l, ran := p.loop(), 0
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for j := range calls {
				want := i*calls + j
				v, err := loop.Call(p.Context(), l, func(context.Context) (int, error) { ran++; return want, nil })
				if v != want || err != nil {
					p.Errorf("got %v, %v; want %v", v, err, want)
				}
			}
		})
	}
	wg.Wait()
	if ran != callers*calls {
		p.Errorf("%d handlers ran, want %d", ran, callers*calls)
	}
	if s := l.Stats(); s.Accepted != callers*calls || s.Returned != callers*calls {
		p.Errorf("stats do not tell of %d calls: %+v", callers*calls, s)
	}
}

// A future has the result for every goroutine that awaits it, any number of times.
func settlementFuture(p *probe) {
	l := p.loop()
	f := loop.Async(p.Context(), l, func(context.Context) (int, error) { return 42, nil })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2 {
				if v, err := f.Await(p.Context()); v != 42 || err != nil {
					p.Errorf("got %v, %v; want 42", v, err)
				}
			}
		})
	}
	wg.Wait()
}

// Accepted tasks run.
func settlementSpawn(p *probe) {
	l, ran := p.loop(), make(chan struct{})
	if err := l.Spawn(p.Context(), func(context.Context) error { close(ran); return nil }); err != nil {
		p.Fatalf("refused: %v", err)
	}
	<-ran
}

// Contexts end and the loop closes while calls are queued, start and end. Whatever comes of a
// call, its error is right about whether it ran.
func settlementRaces(p *probe) {
	for range 20 {
		l := p.loop(loop.WithQueueSize(8))
		var callers sync.WaitGroup
		for i := range 16 {
			callers.Go(func() {
				for j := range 10 {
					settlementRace(p, l, time.Duration(i*j)*time.Microsecond)
				}
			})
		}
		p.until(func() bool { return l.Stats().Accepted > 40 || l.Stats().Canceled+l.Stats().Refused > 100 })
		_ = l.Close()
		callers.Wait()
		<-l.Done()
	}
}

// settlementRace makes one call with a context that ends after d.
func settlementRace(p *probe, l *loop.Loop, d time.Duration) {
	ctx, cancel := context.WithTimeout(p.Context(), d+time.Microsecond)
	defer cancel()
	var started, ended atomic.Bool
	err := run(ctx, l, func(context.Context) error {
		started.Store(true)
		defer ended.Store(true)
		return nil
	})
	switch {
	case err == nil && !ended.Load():
		p.Errorf("no error, but the handler has not run")
	case err != nil && started.Load():
		p.Errorf("the handler has run, but the error is %v", err)
	case err != nil && !errors.Is(err, loop.ErrCanceled) && !errors.Is(err, loop.ErrClosed):
		p.Errorf("unexpected error %v", err)
	}
}
