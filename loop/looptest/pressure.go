package looptest

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
)

var pressureCases = []testCase{
	{about: BackPressure, name: "wait", run: pressureWait},
	{about: BackPressure, name: "wait_canceled", run: pressureWaitCanceled},
	{about: BackPressure, name: "reject", run: pressureReject},
	{about: BackPressure, name: "shed_oldest", run: pressureShed},
}

// A caller that finds no room waits for it, and nothing is lost.
func pressureWait(p *probe) {
	l := p.loop(loop.WithQueueSize(2))
	release := p.hold(l)
	ran := 0
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				err = run(p.Context(), l, func(context.Context) error { ran++; return nil })
			} else {
				err = l.Spawn(p.Context(), func(context.Context) error { ran++; return nil })
			}
			if err != nil {
				p.Error(err)
			}
		})
	}
	p.until(func() bool { s := l.Stats(); return s.Queued == 2 && s.Waiting == 8 })
	release()
	wg.Wait()
	p.alive(l)
	if ran != 10 {
		p.Errorf("%d ran, want 10", ran)
	}
}

// A caller that waits for room leaves when its context ends.
func pressureWaitCanceled(p *probe) {
	l := p.loop(loop.WithQueueSize(1))
	release := p.hold(l)
	if err := l.Spawn(p.Context(), func(context.Context) error { return nil }); err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(p.Context())
	var ran atomic.Bool
	errs := make(chan error)
	go func() { errs <- run(ctx, l, func(context.Context) error { ran.Store(true); return nil }) }()
	go func() { errs <- l.Spawn(ctx, func(context.Context) error { ran.Store(true); return nil }) }()
	p.until(func() bool { return l.Stats().Waiting == 2 })
	cancel(errReason)
	for range 2 {
		p.refused(<-errs, loop.ErrCanceled)
	}
	release()
	p.alive(l)
	if ran.Load() {
		p.Error("it ran")
	}
}

// A caller that finds no room gets the error.
func pressureReject(p *probe) {
	l := p.loop(loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
	release := p.hold(l)
	if err := l.Spawn(p.Context(), func(context.Context) error { return nil }); err != nil {
		p.Fatal(err)
	}
	p.refused(run(p.Context(), l, nothing), loop.ErrFull)
	p.refused(l.Spawn(p.Context(), func(context.Context) error { return nil }), loop.ErrFull)
	_, err := loop.Async(p.Context(), l, func(context.Context) (int, error) { return 0, nil }).Await(p.Context())
	p.refused(err, loop.ErrFull)
	release()
	p.queued(l, 0)
	p.alive(l)
}

// The oldest spawned task makes room, and its error is reported. A call never does.
func pressureShed(p *probe) {
	shed := make(chan error, 1)
	l := p.loop(loop.WithQueueSize(2), loop.WithOverflow(loop.OverflowShed),
		loop.WithErrorHandler(func(err *loop.Error) { shed <- err }))
	release := p.hold(l)
	ran := ""
	spawn := func(name string) error {
		return l.Spawn(p.Context(), func(context.Context) error { ran += name; return nil })
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = run(p.Context(), l, func(context.Context) error { ran += "c"; return nil }) })
	p.queued(l, 1)
	for _, name := range []string{"1", "2"} {
		if err := spawn(name); err != nil {
			p.Fatalf("%s: %v", name, err)
		}
	}
	p.refused(<-shed, loop.ErrFull)
	wg.Go(func() { _ = run(p.Context(), l, func(context.Context) error { ran += "d"; return nil }) })
	p.refused(<-shed, loop.ErrFull)
	p.refused(spawn("3"), loop.ErrFull) // only calls are left
	release()
	wg.Wait()
	if ran != "cd" && ran != "dc" {
		p.Errorf("ran %q, want the two calls", ran)
	}
}
