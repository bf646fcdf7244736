package looptest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// A probe is the equipment of a case.
type probe struct {
	*testing.T
	executor Executor
	bubble   bool // the case runs in a synctest bubble
}

// slack is the delay that a busy machine may add to a time. In a bubble it adds none.
func (p *probe) slack() time.Duration {
	if p.bubble {
		return 0
	}
	return 3 * time.Second
}

// loop returns a new loop of the executor under test.
func (p *probe) loop(opts ...loop.Option) *loop.Loop {
	p.Helper()
	return p.executor(p.T, opts...)
}

// run calls fn on l.
func run(ctx context.Context, l *loop.Loop, fn func(context.Context) error) error {
	err := l.Do(ctx, func(ctx context.Context) error { return fn(ctx) })
	return err
}

// nothing is a handler that does nothing.
func nothing(context.Context) error { return nil }

// hold keeps l busy with a handler until release is called.
func (p *probe) hold(l *loop.Loop) (release func()) {
	started, freed := make(chan struct{}), make(chan struct{})
	busy := loop.Async(context.Background(), l, func(context.Context) (struct{}, error) {
		close(started)
		<-freed
		return struct{}{}, nil
	})
	<-started
	release = sync.OnceFunc(func() {
		close(freed)
		<-busy.Done()
	})
	p.Cleanup(release)
	return release
}

// until waits for a state of a loop that cannot be waited for. In a bubble this
// takes no time.
func (p *probe) until(ok func() bool) {
	for !ok() {
		time.Sleep(100 * time.Microsecond)
	}
}

// queued waits until n tasks are in the queue of l.
func (p *probe) queued(l *loop.Loop, n int) {
	p.until(func() bool { return l.Stats().Queued == n })
}

// stopping waits until l accepts no more tasks. It tries with tasks that do nothing.
func (p *probe) stopping(l *loop.Loop) {
	p.until(func() bool {
		return errors.Is(l.Spawn(context.Background(), func(context.Context) error { return nil }), loop.ErrClosed)
	})
}

// alive checks that l runs handlers.
func (p *probe) alive(l *loop.Loop) {
	p.Helper()
	ran := false
	if err := run(context.Background(), l, func(context.Context) error { ran = true; return nil }); err != nil || !ran {
		p.Errorf("afterwards: ran = %v, error %v; want a loop that lives on", ran, err)
	}
}

// refused checks that err reports that the call did not run, because of reason.
func (p *probe) refused(err, reason error) {
	p.Helper()
	var e *loop.Error
	switch {
	case !errors.As(err, &e):
		p.Errorf("error %v (%T), want a *loop.Error", err, err)
	case !errors.Is(err, reason):
		p.Errorf("error %v, want one that is %v", err, reason)
	case !loop.NotRun(err) || e.Started:
		p.Errorf("%v: NotRun reports false for a call that did not run", err)
	}
}

// passedOn checks the error of a call whose handler has passed on the error of another call,
// which did not run because of reason.
func (p *probe) passedOn(err, reason error) {
	p.Helper()
	if !errors.Is(err, reason) || loop.NotRun(err) {
		p.Errorf("error %v; want one that is %v and of a call that ran", err, reason)
	}
}

// within runs fn in a goroutine of its own and waits for the goroutine to end,
// however it does: by returning, panicking or Goexit.
func within(fn func()) (returned bool, panicked any) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		fn()
		returned = true
	}()
	<-done
	return returned, panicked
}
