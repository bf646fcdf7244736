package looptest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
)

var cancelCases = []testCase{
	{about: Cancel, name: "before", run: cancelBefore},
	{about: Cancel, name: "queued", run: cancelQueued},
	{about: Cancel, name: "queued_future", run: cancelFuture},
	{about: Cancel, name: "running", run: cancelRunning},
	{about: Abandon, name: "running", run: abandonRunning},
	{about: Abandon, name: "queued", run: abandonQueued},
}

// errReason is why the contexts of the cases end.
var errReason = errors.New("the reason")

// A context that has ended already runs nothing.
func cancelBefore(p *probe) {
	l, ran := p.loop(), false
	ctx, cancel := context.WithCancelCause(p.Context())
	cancel(errReason)
	err := run(ctx, l, func(context.Context) error { ran = true; return nil })
	p.refused(err, loop.ErrCanceled)
	p.refused(err, errReason)
	p.refused(l.Spawn(ctx, func(context.Context) error { ran = true; return nil }), loop.ErrCanceled)
	p.alive(l)
	if ran {
		p.Error("it ran")
	}
}

// A queued call returns while the loop is still busy, and never runs.
func cancelQueued(p *probe) {
	l := p.loop()
	release := p.hold(l)
	ctx, cancel := context.WithCancelCause(p.Context())
	var ran atomic.Bool
	result := make(chan error)
	go func() {
		result <- run(ctx, l, func(context.Context) error { ran.Store(true); return nil })
	}()
	p.queued(l, 1)
	cancel(errReason)
	err := <-result
	p.refused(err, loop.ErrCanceled)
	p.refused(err, errReason)
	release()
	p.alive(l)
	if ran.Load() {
		p.Error("it ran")
	}
}

// The future of a queued task settles when the context ends.
func cancelFuture(p *probe) {
	l := p.loop()
	p.hold(l)
	ctx, cancel := context.WithCancelCause(p.Context())
	f := loop.Async(ctx, l, func(context.Context) (int, error) { return 42, nil })
	cancel(errReason)
	_, err := f.Await(context.Background())
	p.refused(err, loop.ErrCanceled)
	p.refused(err, errReason)
}

// The context of a running handler ends; the handler is waited for, and its result counts.
func cancelRunning(p *probe) {
	l, mine := p.loop(), 0
	ctx, cancel := context.WithCancelCause(p.Context())
	err := run(ctx, l, func(ctx context.Context) error {
		cancel(errReason)
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), errReason) {
			p.Errorf("the handler's context ended because of %v", context.Cause(ctx))
		}
		mine = 42 // the caller's memory: it must still be there
		return nil
	})
	if err != nil || mine != 42 {
		p.Errorf("error %v, mine = %d; want the handler to be waited for", err, mine)
	}
	p.alive(l)
}

// A caller may leave a running handler. The loop stays busy with it, and goes on
// when it has ended.
func abandonRunning(p *probe) {
	l := p.loop()
	ctx, cancel := context.WithCancelCause(p.Context())
	started, freed := make(chan struct{}), make(chan struct{})
	go func() {
		<-started
		cancel(errReason)
	}()
	err := leave.call(ctx, l, func(context.Context) error {
		close(started)
		<-freed
		return nil
	})
	var e *loop.Error
	if !errors.As(err, &e) || !errors.Is(err, loop.ErrAbandoned) || !errors.Is(err, errReason) || e.NotRun() {
		p.Errorf("error %v, want ErrAbandoned, because of the reason, of a handler that ran", err)
	}
	close(freed)
	p.alive(l)
}

// A call that may be abandoned is withdrawn like others as long as it is queued.
func abandonQueued(p *probe) {
	l := p.loop()
	p.hold(l)
	ctx, cancel := context.WithCancelCause(p.Context())
	go func() {
		p.queued(l, 1)
		cancel(errReason)
	}()
	p.refused(leave.call(ctx, l, nothing), loop.ErrCanceled)
}
