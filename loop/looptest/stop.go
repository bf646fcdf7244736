package looptest

import (
	"context"
	"errors"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
)

var stopCases = []testCase{
	{about: Stop, name: "shutdown_drains", run: stopDrains},
	{about: Stop, name: "shutdown_in_time", run: stopInTime},
	{about: Stop, name: "close", run: stopClose},
	{about: Stop, name: "after", run: stopAfter},
	{about: Stop, name: "waiting_for_room", run: stopWaiting},
	{about: Stop, name: "shutdown_by_handler", run: stopByHandler},
	{about: Stop, name: "close_by_handler", run: closeByHandler},
	{about: Stop, name: "awaiting_handler", needs: Await, run: stopAwaiting},
	{about: Stop, name: "idempotent", run: stopTwice},
}

// Accepted tasks run, then the loop has ended.
func stopDrains(p *probe) {
	l, ran := p.loop(), 0
	release := p.hold(l)
	for range 10 {
		_ = loop.Async(p.Context(), l, func(context.Context) (int, error) { ran++; return 0, nil })
	}
	ended := make(chan error)
	go func() { ended <- l.Shutdown(p.Context()) }()
	p.stopping(l)
	release()
	if err := <-ended; err != nil {
		p.Error(err)
	}
	<-l.Done()
	if ran != 10 {
		p.Errorf("%d of 10 ran", ran)
	}
}

// When the time for it is up, the rest settles and the running handler's context ends.
func stopInTime(p *probe) {
	l := p.loop()
	told := busyUntilTold(p, l)
	f := loop.Async(p.Context(), l, func(context.Context) (int, error) { return 0, nil })
	ctx, cancel := context.WithCancelCause(p.Context())
	cancel(errReason)
	if err := l.Shutdown(ctx); !errors.Is(err, errReason) {
		p.Errorf("error %v, want the cause", err)
	}
	_, err := f.Await(p.Context())
	p.refused(err, loop.ErrClosed)
	if cause := <-told; !errors.Is(cause, loop.ErrClosed) {
		p.Errorf("the handler's context ended because of %v, want ErrClosed", cause)
	}
	<-l.Done()
}

// busyUntilTold keeps l busy until the handler's context ends, and then sends its cause.
func busyUntilTold(p *probe, l *loop.Loop) <-chan error {
	started, told := make(chan struct{}), make(chan error, 1)
	_ = loop.Async(p.Context(), l, func(ctx context.Context) (int, error) {
		close(started)
		<-ctx.Done()
		told <- context.Cause(ctx)
		return 0, nil
	})
	<-started
	return told
}

// Close settles the queue at once, while a handler is still running.
func stopClose(p *probe) {
	l := p.loop()
	release := p.hold(l)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			err := run(p.Context(), l, func(context.Context) error { p.Error("it ran"); return nil })
			p.refused(err, loop.ErrClosed)
		})
	}
	p.queued(l, 5)
	if err := l.Close(); err != nil {
		p.Error(err)
	}
	wg.Wait()
	select {
	case <-l.Done():
		p.Error("done while a handler is running")
	default:
	}
	release()
	<-l.Done()
}

// After the end every submission is refused at once.
func stopAfter(p *probe) {
	l := p.loop()
	p.alive(l)
	if err := l.Shutdown(p.Context()); err != nil {
		p.Error(err)
	}
	p.refused(run(p.Context(), l, nothing), loop.ErrClosed)
	p.refused(l.Spawn(p.Context(), func(context.Context) error { return nil }), loop.ErrClosed)
	_, err := loop.Async(p.Context(), l, func(context.Context) (int, error) { return 0, nil }).Await(p.Context())
	p.refused(err, loop.ErrClosed)
}

// A caller that waits for room when the loop stops gets the error.
func stopWaiting(p *probe) {
	l := p.loop(loop.WithQueueSize(1))
	release := p.hold(l)
	ran := make(chan struct{})
	if err := l.Spawn(p.Context(), func(context.Context) error { close(ran); return nil }); err != nil {
		p.Fatal(err)
	}
	refused := make(chan error)
	go func() { refused <- run(p.Context(), l, nothing) }()
	p.until(func() bool { return l.Stats().Waiting == 1 })
	go func() { _ = l.Shutdown(p.Context()) }()
	p.refused(<-refused, loop.ErrClosed)
	release()
	<-ran
	<-l.Done()
}

// A handler may shut its own loop down: that does not wait for the handler.
func stopByHandler(p *probe) {
	l := p.loop()
	err := run(p.Context(), l, func(ctx context.Context) error {
		err := l.Shutdown(ctx)
		if ctx.Err() != nil {
			p.Error("the shutdown ends the handler's context although there is time")
		}
		return err
	})
	if err != nil {
		p.Error(err)
	}
	<-l.Done()
}

// A handler may close its own loop: its context ends, it does not.
func closeByHandler(p *probe) {
	l := p.loop()
	err := run(p.Context(), l, func(ctx context.Context) error {
		err := l.Close()
		<-ctx.Done()
		return err
	})
	if err != nil {
		p.Error(err)
	}
	<-l.Done()
}

// A handler in Await is in flight: it is drained, and goes on on the loop.
func stopAwaiting(p *probe) {
	l := p.loop()
	in, out := make(chan struct{}), make(chan struct{})
	f := loop.Async(p.Context(), l, func(ctx context.Context) (int, error) {
		err := loop.Await(ctx, func(context.Context) error {
			close(in)
			<-out
			return nil
		})
		return 42, err
	})
	<-in
	ended := make(chan error)
	go func() { ended <- l.Shutdown(p.Context()) }()
	p.stopping(l)
	close(out)
	if v, err := f.Await(p.Context()); v != 42 || err != nil {
		p.Errorf("got %v, %v; want 42", v, err)
	}
	if err := <-ended; err != nil {
		p.Error(err)
	}
}

// All may be called again and side by side.
func stopTwice(p *probe) {
	l := p.loop()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if i%2 == 0 {
				_ = l.Close()
			} else if err := l.Shutdown(p.Context()); err != nil {
				p.Error(err)
			}
		})
	}
	wg.Wait()
	<-l.Done()
}
