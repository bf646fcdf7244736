package loop_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// observed makes a loop with two observers, whose steps must be the same.
func observed(t *testing.T, newLoop maker, opts ...loop.Option) (*loop.Loop, *recorder) {
	t.Helper()
	a, b := newRecorder(t, "a"), newRecorder(t, "b")
	l := newLoop(t, append(opts, loop.WithObserver(a), loop.WithObserver(b), loop.WithObserver(nil))...)
	t.Cleanup(func() {
		for name := range a.events {
			require.Equal(t, a.steps(name), b.steps(name))
		}
	})
	return l, a
}

func TestObservedHandlersThatRun(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop, loop.WithPanicHandler(func(*loop.PanicError) {}))
		ctx := context.Background()
		bang := func(context.Context) error { panic("bang") }
		_, _ = act("returned", idle).call(ctx, l, 1)
		_, err := act("error", func(context.Context) error { return errHandler }).call(ctx, l, 1)
		require.Equal(t, errHandler, err)
		require.NotNil(t, caught(func() { _, _ = act("panicked", bang).call(ctx, l, 1) }))
		_, _ = act("await", func(ctx context.Context) error {
			_ = loop.Sleep(ctx, time.Second)
			return loop.Sleep(ctx, 0)
		}).call(ctx, l, 1)
		_, _ = act("outer", func(ctx context.Context) error {
			require.NotNil(t, caught(func() { _, _ = act("inner bang", bang).call(ctx, l, 1) }))
			_, err := act("inner", idle).call(ctx, l, 1)
			return err
		}).call(ctx, l, 1)
		_, _ = act("async", idle).goes(ctx, l, 1).Await(ctx)
		require.NoError(t, act("spawn", idle).spawn(ctx, l, 1))
		require.NoError(t, act("spawn bang", bang).spawn(ctx, l, 1))
		for range stream(ctx, l, 4, count(3)) {
		}
		require.NoError(t, l.Shutdown(ctx))
		for name, want := range map[string]string{
			"returned":   "call: submitted started returned",
			"error":      "call: submitted started returned",
			"panicked":   "call: submitted started panicked",
			"await":      "call: submitted started awaiting resumed awaiting resumed returned",
			"outer":      "call: submitted started returned",
			"inner":      "self: submitted started returned",
			"inner bang": "self: submitted started panicked",
			"async":      "async: submitted started returned",
			"spawn":      "spawn: submitted started returned",
			"spawn bang": "spawn: submitted started panicked",
		} {
			require.Equal(t, want, r.steps(name), name)
		}
		require.Regexp(t, "^stream: submitted started (awaiting resumed )+returned$", r.steps("test.Numbers"))
		var p *loop.PanicError
		require.ErrorAs(t, r.last("panicked").Err, &p)
		require.Equal(t, "bang", p.Value)
		require.NoError(t, r.last("returned").Err)
		r.requireEqualsStats(l)
	})
}

func TestObservedTasksThatDoNotRun(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop, loop.WithQueueSize(4), loop.WithOverflow(loop.OverflowReject))
		ctx := context.Background()
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, _ = act("ended", idle).call(ended, l, 1)
		_, _ = act("ended async", idle).goes(ended, l, 1).Await(ctx)
		_ = act("ended spawn", idle).spawn(ended, l, 1)
		once := newBridge(called{Name: "reentrant", NonReentrant: true}, func(context.Context, int) (int, error) { return 0, nil })
		_, _ = act("outer", func(ctx context.Context) error { _, err := once.call(ctx, l, 1); return err }).call(ctx, l, 1)

		release := occupy(t, l)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		call := background(func() (int, error) { return act("canceled", idle).call(short, l, 1) })
		future := act("canceled async", idle).goes(short, l, 1)
		synctest.Wait()
		_, err := future.Await(ctx)
		requireDidNotRun(t, err, loop.ErrCanceled)
		requireDidNotRun(t, (<-call).err, loop.ErrCanceled)

		call = background(func() (int, error) { return act("dropped", idle).call(ctx, l, 1) })
		future = act("dropped async", idle).goes(ctx, l, 1)
		require.NoError(t, act("dropped spawn", idle).spawn(ctx, l, 1))
		elements := background(func() (n int, err error) {
			for _, err = range streamErr(ctx, l, 4, func(context.Context, func(int, error) bool) {}) {
				n++
			}
			return n, err
		})
		synctest.Wait()
		_, err = act("full", idle).call(ctx, l, 1)
		requireDidNotRun(t, err, loop.ErrFull)
		_, _ = act("full async", idle).goes(ctx, l, 1).Await(ctx)
		_ = act("full spawn", idle).spawn(ctx, l, 1)
		require.NoError(t, l.Close())
		requireDidNotRun(t, (<-call).err, loop.ErrClosed)
		requireDidNotRun(t, (<-elements).err, loop.ErrClosed)
		_, _ = future.Await(ctx)
		release()
		<-l.Done()
		_, _ = act("closed", idle).call(ctx, l, 1)
		synctest.Wait()
		for name, want := range map[string]string{
			"ended": "call: submitted refused", "ended async": "async: submitted refused",
			"ended spawn": "spawn: submitted refused", "reentrant": "call: submitted refused",
			"canceled": "call: submitted canceled", "canceled async": "async: submitted canceled",
			"dropped": "call: submitted dropped", "dropped async": "async: submitted dropped",
			"dropped spawn": "spawn: submitted dropped", "test.Rows": "stream: submitted dropped",
			"full": "call: submitted refused", "full async": "async: submitted refused",
			"full spawn": "spawn: submitted refused", "closed": "call: submitted refused",
		} {
			require.Equal(t, want, r.steps(name), name)
			var e *loop.Error
			require.ErrorAs(t, r.last(name).Err, &e, name)
			require.Equal(t, name, e.Handler)
		}
		require.ErrorIs(t, r.last("full").Err, loop.ErrFull)
		require.ErrorIs(t, r.last("canceled").Err, context.DeadlineExceeded)
		require.Equal(t, time.Second, r.last("canceled").Queued)
		r.requireEqualsStats(l)
	})
}

// Submitters that wait for room are refused or withdrawn without having been accepted.
func TestObservedSubmittersThatWaitForRoom(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop, loop.WithQueueSize(1))
		ctx := context.Background()
		release := occupy(t, l)
		require.NoError(t, act("first", idle).spawn(ctx, l, 1))
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		for name, c := range map[string]context.Context{"left": short, "stayed": ctx} {
			go func() { _, _ = act(name, idle).call(c, l, 1) }()
			go func() { _, _ = act(name+" async", idle).goes(c, l, 1).Await(ctx) }()
			go func() { _ = act(name+" spawn", idle).spawn(c, l, 1) }()
		}
		time.Sleep(2 * time.Second)
		require.NoError(t, l.Close())
		release()
		<-l.Done()
		synctest.Wait()
		for _, name := range []string{"left", "stayed"} {
			require.Equal(t, "call: submitted refused", r.steps(name))
			require.Equal(t, "async: submitted refused", r.steps(name+" async"))
			require.Equal(t, "spawn: submitted refused", r.steps(name+" spawn"))
		}
		require.Equal(t, "spawn: submitted dropped", r.steps("first"))
		r.requireEqualsStats(l)
	})
}

func TestObservedShedding(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowShed))
		release := occupy(t, l)
		require.NoError(t, act("old", idle).spawn(context.Background(), l, 1))
		require.NoError(t, act("new", idle).spawn(context.Background(), l, 1))
		release()
		require.NoError(t, l.Shutdown(context.Background()))
		require.Equal(t, "spawn: submitted dropped", r.steps("old"))
		require.Equal(t, "spawn: submitted started returned", r.steps("new"))
		r.requireEqualsStats(l)
	})
}

func TestObservedAbandonment(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop)
		slow := newBridge(called{Name: "slow", Abandon: true}, func(context.Context, int) (int, error) {
			time.Sleep(time.Minute)
			return 0, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := slow.call(ctx, l, 1)
		if err == nil { // a caller cannot leave what it runs itself
			require.Equal(t, "call: submitted started returned", r.steps("slow"))
			return
		}
		require.ErrorIs(t, err, loop.ErrAbandoned)
		require.Equal(t, "call: submitted started abandoned", r.steps("slow"))
		require.ErrorIs(t, r.last("slow").Err, loop.ErrAbandoned)
		require.NoError(t, l.Shutdown(context.Background()))
		require.Equal(t, "call: submitted started abandoned ended:returned", r.steps("slow"))
		require.Equal(t, time.Minute, r.last("slow").Ran)
		r.requireEqualsStats(l)
	})
}

func TestObservedTimers(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop)
		l.AfterFunc(time.Second, timerFires)
		stopped := l.AfterFunc(time.Hour, timerIsStopped)
		l.AfterFunc(time.Hour-1, func(context.Context) { time.Sleep(time.Minute) })
		time.Sleep(time.Hour + time.Second)
		require.True(t, stopped.Stop(), "its function is in the queue")
		require.NoError(t, l.Shutdown(context.Background()))
		require.Equal(t, "spawn: submitted started returned", r.steps("loop_test.timerFires"))
		require.Equal(t, "spawn: submitted canceled", r.steps("loop_test.timerIsStopped"))
		r.requireEqualsStats(l)
	})
}

func timerFires(context.Context)     {}
func timerIsStopped(context.Context) {}

func TestObservedGoexit(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop)
		exit := func(context.Context) error { runtime.Goexit(); return nil }
		require.True(t, exits(func() { _, _ = act("exited", exit).call(context.Background(), l, 1) }))
		require.True(t, exits(func() {
			_, _ = act("outer", func(ctx context.Context) error {
				_, err := act("inner", exit).call(ctx, l, 1)
				return err
			}).call(context.Background(), l, 1)
		}))
		require.NoError(t, l.Shutdown(context.Background()))
		require.Equal(t, "call: submitted started exited", r.steps("exited"))
		require.Equal(t, "call: submitted started exited", r.steps("outer"))
		require.Equal(t, "self: submitted started exited", r.steps("inner"))
		r.requireEqualsStats(l)
	})
}

func TestObservedDeadlock(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		a, ra := observed(t, newLoop)
		b, rb := observed(t, newLoop)
		_, err := act("first", func(ctx context.Context) error {
			_, err := act("second", func(ctx context.Context) error {
				_, err := act("third", idle).call(ctx, a, 1)
				return err
			}).call(ctx, b, 1)
			return err
		}).call(context.Background(), a, 1)
		if reenters([]*loop.Loop{a, b}) {
			require.NoError(t, err)
			require.Equal(t, "self: submitted started returned", ra.steps("third"))
			return
		}
		var d *loop.DeadlockError
		require.ErrorAs(t, err, &d)
		require.Equal(t, "call: submitted started returned", ra.steps("first"))
		require.Equal(t, "call: submitted dropped", ra.steps("third"))
		require.Equal(t, "call: submitted started returned", rb.steps("second"))
		require.True(t, errors.As(ra.last("third").Err, &d))
		ra.requireEqualsStats(a)
	})
}

// The time in the queue, the time with the role and the time without it are all the time
// that there is.
func TestObservedTimesAddUp(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, r := observed(t, newLoop)
		ctx, begin := context.Background(), time.Now()
		require.NoError(t, act("before", func(context.Context) error { time.Sleep(time.Second); return nil }).spawn(ctx, l, 1))
		synctest.Wait()
		_, _ = act("timed", func(ctx context.Context) error {
			time.Sleep(2 * time.Second)
			_ = loop.Sleep(ctx, 4*time.Second)
			time.Sleep(8 * time.Second)
			return loop.Sleep(ctx, 16*time.Second)
		}).call(ctx, l, 1)
		e := r.last("timed")
		require.Equal(t, [3]time.Duration{time.Second, 10 * time.Second, 20 * time.Second}, [3]time.Duration{e.Queued, e.Ran, e.Awaited})
		require.Equal(t, 31*time.Second, time.Since(begin))
		require.Zero(t, time.Since(e.Time()))
		require.Equal(t, time.Second, l.Stats().QueueTime.Max)
		require.Equal(t, 10*time.Second, l.Stats().RunTime.Max)
		require.Equal(t, 11*time.Second, l.Stats().RunTime.Sum)
	})
}

func TestObserversGiveContexts(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, _ := observed(t, newLoop)
		look := func(name string) func(context.Context) error {
			return func(ctx context.Context) error {
				for _, id := range []string{"a", "b"} {
					require.Equal(t, name, ctx.Value(recorderKey{id}))
				}
				err := loop.Await(ctx, func(ctx context.Context) error {
					require.Equal(t, name, ctx.Value(recorderKey{"a"}))
					return nil
				})
				return err
			}
		}
		_, err := act("outer", func(ctx context.Context) error {
			_, err := act("inner", look("inner")).call(ctx, l, 1)
			return errors.Join(err, look("outer")(ctx))
		}).call(context.Background(), l, 1)
		require.NoError(t, err)
		require.NoError(t, act("spawned", look("spawned")).spawn(context.Background(), l, 1))
		require.NoError(t, l.Shutdown(context.Background()))
	})
}
