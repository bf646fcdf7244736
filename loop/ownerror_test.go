package loop_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

var (
	errManagerClosed = errors.New("manager: it is closed")
	errManagerBusy   = errors.New("manager: it is busy")
)

// newOwned returns a loop that belongs to a library.
func newOwned(t testing.TB, opts ...loop.Option) *loop.Loop {
	return newLoop(t, append(opts, loop.WithName("manager"), loop.WithClosedError(errManagerClosed), loop.WithFullError(errManagerBusy))...)
}

// requireOwned checks the error of a call that did not run: it is that of the library and that of
// the loop, and has the text of the library.
func requireOwned(t testing.TB, err, own, reason error) {
	t.Helper()
	e := requireDidNotRun(t, err, reason)
	require.ErrorIs(t, err, own)
	require.Equal(t, reason, e.Reason)
	require.Equal(t, own, e.Own)
	require.EqualError(t, e, own.Error())
	require.Regexp(t, "^"+own.Error()+"\n.+ did not run on loop \"manager\": "+reason.Error()+"$", fmt.Sprintf("%+v", err))
}

// A doing is a call of a function without results but an error.
type doing struct{ f func(context.Context) error }

func (d doing) Run(ctx context.Context) error { return d.f(ctx) }
func (d doing) Handler() any                  { return d.f }

func nothing(context.Context) error { return nil }

// waysToCall returns every way to call a loop, as functions that return the error of the call.
func waysToCall() map[string]func(context.Context, *loop.Loop) error {
	ways := closures()
	plain := &loopimpl.Bridge{Name: "manager.Get"}
	ways["bridge"] = func(ctx context.Context, l *loop.Loop) error {
		_, err := loopimpl.Call(ctx, l, plain, doing{nothing})
		return err
	}
	ways["bridge without results"] = func(ctx context.Context, l *loop.Loop) error {
		return loopimpl.Do(ctx, l, plain, doing{nothing})
	}
	ways["bridge that panics"] = func(ctx context.Context, l *loop.Loop) error {
		err, _ := caught(func() { loopimpl.Must(ctx, l, plain, doing{nothing}) }).(error)
		return err
	}
	ways["bridge in place"] = func(ctx context.Context, l *loop.Loop) error {
		return loopimpl.Do(ctx, l, &loopimpl.Bridge{Name: "manager.Get", InPlace: true}, doing{nothing})
	}
	ways["future"] = func(ctx context.Context, l *loop.Loop) error {
		_, err := loopimpl.Start(ctx, l, plain, &doing{nothing}).Await(ctx)
		return err
	}
	ways["spawned"] = func(ctx context.Context, l *loop.Loop) error { return plain.Spawn(ctx, l, &doing{nothing}) }
	ways["stream"] = func(ctx context.Context, l *loop.Loop) error { return lastError(paired(ctx, l, 0, count(3))) }
	ways["stream of errors"] = func(ctx context.Context, l *loop.Loop) error {
		return lastError(streamErr(ctx, l, 0, func(context.Context, func(int, error) bool) {}))
	}
	ways["stream that panics"] = func(ctx context.Context, l *loop.Loop) error {
		err, _ := caught(func() {
			for range stream(ctx, l, 0, count(3)) {
			}
		}).(error)
		return err
	}
	ways["stream in place"] = func(ctx context.Context, l *loop.Loop) error {
		none := errSource{func(context.Context) iter.Seq2[int, error] { return func(func(int, error) bool) {} }}
		return lastError(loopimpl.StreamErrInPlace(ctx, l, &loopimpl.Bridge{Name: "manager.Rows", InPlace: true}, none))
	}
	return ways
}

// closures returns the ways to call a loop with a function.
func closures() map[string]func(context.Context, *loop.Loop) error {
	return map[string]func(context.Context, *loop.Loop) error{
		"function": func(ctx context.Context, l *loop.Loop) error {
			_, err := loop.Call(ctx, l, value(1))
			return err
		},
		"function without a value": func(ctx context.Context, l *loop.Loop) error { return l.Do(ctx, nothing) },
		"future of a function": func(ctx context.Context, l *loop.Loop) error {
			_, err := loop.Async(ctx, l, value(1)).Await(ctx)
			return err
		},
		"spawned function": func(ctx context.Context, l *loop.Loop) error { return l.Spawn(ctx, nothing) },
	}
}

func lastError(seq iter.Seq2[int, error]) (last error) {
	for _, err := range seq {
		last = err
	}
	return last
}

func TestOwnErrorOfAClosedLoop(t *testing.T) {
	for name, call := range waysToCall() {
		t.Run(name, func(t *testing.T) {
			onExecutors(t, func(t *testing.T, opts ...loop.Option) {
				l := newOwned(t, opts...)
				require.NoError(t, call(t.Context(), l), "an open loop runs it")
				require.NoError(t, l.Close())
				requireOwned(t, call(t.Context(), l), errManagerClosed, loop.ErrClosed)
			})
		})
	}
}

func TestOwnErrorOfAFullLoop(t *testing.T) {
	for name, call := range waysToCall() {
		t.Run(name, func(t *testing.T) {
			onExecutors(t, func(t *testing.T, opts ...loop.Option) {
				l := newOwned(t, append(opts, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))...)
				occupy(t, l)
				require.NoError(t, l.Spawn(t.Context(), nothing))
				requireOwned(t, call(t.Context(), l), errManagerBusy, loop.ErrFull)
			})
		})
	}
}

// Calls that wait in the queue, or for room in it, are taken out at the end.
func TestOwnErrorOfCallsThatTheEndTakesOut(t *testing.T) {
	for name, call := range waysToCall() {
		t.Run(name, func(t *testing.T) {
			onExecutors(t, func(t *testing.T, opts ...loop.Option) {
				for _, size := range []int{1, 8} {
					endWhileQueued(t, call, size, opts...)
				}
			})
		})
	}
}

// endWhileQueued closes a loop while one task is running, one is queued, and a call waits behind it.
func endWhileQueued(t *testing.T, call func(context.Context, *loop.Loop) error, size int, opts ...loop.Option) {
	unwaited := make(chan *loop.Error, 8)
	l := newOwned(t, append(opts, loop.WithQueueSize(size), loop.WithErrorHandler(func(e *loop.Error) { unwaited <- e }))...)
	release := occupy(t, l)
	require.NoError(t, l.Spawn(t.Context(), nothing))
	waiting := make(chan error, 1)
	go func() { waiting <- call(t.Context(), l) }()
	synctest.Wait()
	require.NoError(t, l.Close())
	release()
	requireOwned(t, <-unwaited, errManagerClosed, loop.ErrClosed)
	err := <-waiting
	if err == nil { // it was accepted, and nobody waits for it
		err = <-unwaited
	}
	requireOwned(t, err, errManagerClosed, loop.ErrClosed)
}

func TestOwnErrorOfWorkThatIsShed(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		shed := make(chan *loop.Error, 1)
		l := newOwned(t, append(opts, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowShed), loop.WithErrorHandler(func(e *loop.Error) { shed <- e }))...)
		occupy(t, l)
		for range 2 {
			require.NoError(t, l.Spawn(t.Context(), nothing))
		}
		requireOwned(t, <-shed, errManagerBusy, loop.ErrFull)
		require.NoError(t, l.Close())
		<-shed
	})
}

func TestOwnErrorOfATimer(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		refused := make(chan *loop.Error, 1)
		l := newOwned(t, append(opts, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject), loop.WithErrorHandler(func(e *loop.Error) { refused <- e }))...)
		release := occupy(t, l)
		require.NoError(t, l.Spawn(t.Context(), nothing))
		l.AfterFunc(time.Second, func(context.Context) {})
		requireOwned(t, <-refused, errManagerBusy, loop.ErrFull)
		release()
	})
}

// A stream that is cut short by the end of its loop has the error too, and not by the end of another.
func TestOwnErrorOfAStreamThatTheEndCutsShort(t *testing.T) {
	onExecutors(t, func(t *testing.T, opts ...loop.Option) {
		l, other := newOwned(t, opts...), newLoop(t)
		_, err := loop.Call(t.Context(), other, func(ctx context.Context) (int, error) {
			var last error
			for v, err := range paired(ctx, l, 4, count(1000)) {
				if last = err; v == 20 {
					_ = other.Close()
				}
			}
			require.NotErrorIs(t, last, errManagerClosed)
			requireCut(t, last, loop.ErrClosed)
			return 0, nil
		})
		require.NoError(t, err)

		var last error
		for v, err := range paired(t.Context(), l, 4, count(1000)) {
			if last = err; v == 20 {
				require.NoError(t, l.Close())
			}
		}
		for _, want := range []error{errManagerClosed, loop.ErrClosed, loop.ErrInterrupted} {
			require.ErrorIs(t, last, want)
		}
		require.False(t, loop.NotRun(last))
		require.EqualError(t, last, errManagerClosed.Error())
	})
}

// A handler that passes on the error of a library's call has run itself.
func TestOwnErrorPassedOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, outer := newOwned(t), newLoop(t)
		require.NoError(t, l.Close())
		_, err := loop.Call(t.Context(), outer, func(ctx context.Context) (int, error) { return loop.Call(ctx, l, value(1)) })
		requirePassedOn(t, err, errManagerClosed)
		require.ErrorIs(t, err, loop.ErrClosed)
	})
}

func TestOwnErrorOfShards(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(2, loop.WithClosedError(errManagerClosed))
		require.NoError(t, s.Close())
		for _, l := range s.Loops() {
			_, err := loop.Call(t.Context(), l, value(1))
			require.ErrorIs(t, err, errManagerClosed)
		}
	})
}

func TestOwnErrorIsNeeded(t *testing.T) {
	t.Parallel()
	require.PanicsWithValue(t, "loop: WithClosedError needs an error", func() { loop.WithClosedError(nil) })
	require.PanicsWithValue(t, "loop: WithFullError needs an error", func() { loop.WithFullError(nil) })
}

// The long form of an error that a handler has passed on shows which call of which loop was refused.
func TestOwnErrorPassedOnHasTheSentence(t *testing.T) {
	t.Parallel()
	inner, outer := newOwned(t), newLoop(t)
	require.NoError(t, inner.Close())
	err := outer.Do(t.Context(), func(ctx context.Context) error {
		return newLoop(t).Do(ctx, func(ctx context.Context) error { return inner.Do(ctx, nothing) })
	})
	require.False(t, loop.NotRun(err))
	require.EqualError(t, err, errManagerClosed.Error())
	require.Regexp(t, "^"+errManagerClosed.Error()+"\n.+ did not run on loop \"manager\": the loop is closed$", fmt.Sprintf("%+v", err))
}
