package looptest

import (
	"context"
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var contextCases = []testCase{
	{about: Context, name: "values", run: contextValues},
	{about: Context, name: "deadline", run: contextDeadline, bubble: true},
	{about: Context, name: "cancel", run: contextCancel},
	{about: Context, name: "loop_end", run: contextLoopEnd},
	{about: Context, name: "spawned", run: contextSpawned},
}

// contextKey is the key of a value.
type contextKey struct{}

// The handler finds its caller's values.
func contextValues(p *probe) {
	l := p.loop()
	for i := range 3 {
		ctx := context.WithValue(p.Context(), contextKey{}, i)
		v, err := loop.Call(ctx, l, func(ctx context.Context) (any, error) { return ctx.Value(contextKey{}), nil })
		if v != i || err != nil {
			p.Errorf("got %v, %v; want %d", v, err, i)
		}
	}
}

// The handler has its caller's deadline.
func contextDeadline(p *probe) {
	l := p.loop()
	ctx, cancel := context.WithTimeout(p.Context(), 100*time.Millisecond)
	defer cancel()
	want, _ := ctx.Deadline()
	err := run(ctx, l, func(ctx context.Context) error {
		if d, ok := ctx.Deadline(); !ok || !d.Equal(want) {
			p.Errorf("the deadline is %v (%v), want %v", d, ok, want)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		p.Errorf("error %v, want context.DeadlineExceeded", err)
	}
}

// The handler's context ends with its caller's, for the same reason, and so do
// contexts derived from it.
func contextCancel(p *probe) {
	l := p.loop()
	ctx, cancel := context.WithCancelCause(p.Context())
	err := run(ctx, l, func(ctx context.Context) error {
		derived, stop := context.WithCancel(ctx)
		defer stop()
		cancel(errReason)
		<-derived.Done()
		return context.Cause(derived)
	})
	if err != errReason {
		p.Errorf("the cause is %v, want the caller's", err)
	}
}

// The handler's context ends with the loop.
func contextLoopEnd(p *probe) {
	l := p.loop()
	told := busyUntilTold(p, l)
	_ = l.Close()
	if cause := <-told; !errors.Is(cause, loop.ErrClosed) {
		p.Errorf("the cause is %v, want ErrClosed", cause)
	}
}

// A spawned handler's context has the values, does not end with its submitter's,
// and ends with the loop.
func contextSpawned(p *probe) {
	l := p.loop()
	ctx, cancel := context.WithCancel(context.WithValue(p.Context(), contextKey{}, 42))
	started, told := make(chan struct{}), make(chan error, 1)
	err := l.Spawn(ctx, func(ctx context.Context) error {
		cancel()
		if ctx.Err() != nil {
			p.Error("the spawned handler's context ended with its submitter's")
		}
		if v := ctx.Value(contextKey{}); v != 42 {
			p.Errorf("the value is %v, want 42", v)
		}
		close(started)
		<-ctx.Done()
		told <- context.Cause(ctx)
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
	<-started
	_ = l.Close()
	if cause := <-told; !errors.Is(cause, loop.ErrClosed) {
		p.Errorf("the cause is %v, want ErrClosed", cause)
	}
}
