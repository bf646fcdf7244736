package loop_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

var errHandler = errors.New("the handler says no")

// bubble runs f in a synctest bubble, in parallel with other tests. Loops are made
// inside: their channels belong to the bubble.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

// newLoop returns a loop that ends, and is seen to end, with the test.
func newLoop(t testing.TB, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(opts...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

// occupy keeps l busy with a handler until release is called, so that what is
// submitted meanwhile stays in the queue.
func occupy(t testing.TB, l *loop.Loop) (release func()) {
	t.Helper()
	started, free := make(chan struct{}), make(chan struct{})
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error {
		close(started)
		<-free
		return nil
	}))
	<-started
	release = sync.OnceFunc(func() { close(free) })
	t.Cleanup(release)
	return release
}

// value returns a handler that returns v.
func value[T any](v T) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return v, nil }
}

// result is what came out of a call made by another goroutine.
type result[T any] struct {
	out T
	err error
}

// background makes a call in a goroutine of its own.
func background[T any](call func() (T, error)) <-chan result[T] {
	c := make(chan result[T], 1)
	go func() {
		out, err := call()
		c <- result[T]{out, err}
	}()
	return c
}

// quiet returns fn as a function that can be spawned.
func quiet(fn func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		fn(ctx)
		return nil
	}
}

// caught returns what f panics with.
func caught(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// exits reports whether f ends its goroutine by runtime.Goexit.
func exits(f func()) bool {
	exited := make(chan bool)
	go func() {
		returned := false
		defer func() { exited <- !returned && recover() == nil }()
		f()
		returned = true
	}()
	return <-exited
}

// requireDidNotRun checks the error of a call that did not run.
func requireDidNotRun(t testing.TB, err, reason error) *loop.Error {
	t.Helper()
	var e *loop.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, reason)
	require.True(t, e.NotRun())
	require.True(t, loop.NotRun(err))
	return e
}

// requirePassedOn checks the error of a call whose handler has passed on the error of another
// call, which did not run.
func requirePassedOn(t testing.TB, err, reason error) *loop.Error {
	t.Helper()
	var e *loop.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, reason)
	require.True(t, e.Started)
	require.False(t, loop.NotRun(err))
	require.Equal(t, e.Reason.Error(), e.Error())
	return e
}

// requireDeadlock checks the error of a call that would have closed a cycle.
func requireDeadlock(t testing.TB, err error, hops int) *loop.DeadlockError {
	t.Helper()
	var d *loop.DeadlockError
	require.ErrorAs(t, err, &d)
	require.Len(t, d.Hops, hops)
	for i, h := range d.Hops {
		require.Equal(t, d.Hops[(i+1)%hops].Loop, h.Target)
		require.NotEmpty(t, h.Stack)
	}
	return d
}

// yield lets other goroutines run, for the loops that wait for a state that
// nothing announces.
func yield() { runtime.Gosched() }

// requireAddsUp checks that an idle loop has counted every accepted task once more.
// It is for loops without abandoned and inline calls.
func requireAddsUp(t testing.TB, l *loop.Loop) {
	t.Helper()
	s := l.Stats()
	for s.Running+s.Queued > 0 { // a task settles a moment before it is counted out
		yield()
		s = l.Stats()
	}
	require.Equal(t, s.Accepted, s.Returned+s.Panicked+s.Exited+s.Canceled+s.Dropped, "%+v", s)
}

// A request is the arguments of a bridge whose handler is a function of the test;
// generated code declares such a type for each handler.
type request[In, Out any] struct {
	in  In
	run func(context.Context, In) (Out, error)
}

func (r request[In, Out]) Run(ctx context.Context) (Out, error) { return r.run(ctx, r.in) }
func (r request[In, Out]) Handler() any                         { return r.run }

// A bridge is a loopimpl.Bridge together with its handler.
type bridge[In, Out any] struct {
	descriptor[request[In, Out], Out]
	Run func(context.Context, In) (Out, error)
}

// called is a bridge's descriptor, with what generated code says in it.
type called = struct {
	Name                  string
	Abandon, NonReentrant bool
}

func newBridge[In, Out any](d called, run func(context.Context, In) (Out, error)) *bridge[In, Out] {
	b := &bridge[In, Out]{Run: run}
	b.Name, b.Abandon, b.NonReentrant = d.Name, d.Abandon, d.NonReentrant
	return b
}

func (b *bridge[In, Out]) call(ctx context.Context, l *loop.Loop, in In) (Out, error) {
	return b.Call(ctx, l, request[In, Out]{in, b.Run})
}
