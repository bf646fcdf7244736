package loop_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A diary is what timer functions note. They run on one loop, so it has no lock; a
// test reads it once, at its end, when the bubble is idle.
type diary struct {
	start   time.Time
	names   []string
	elapsed []time.Duration
}

func newDiary() *diary { return &diary{start: time.Now()} }

// note returns a timer function that writes name and the time.
func (d *diary) note(name string) func(context.Context) {
	return func(context.Context) {
		d.names = append(d.names, name)
		d.elapsed = append(d.elapsed, time.Since(d.start))
	}
}

func TestTimerFunctionsRunInOrderOfDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		l.AfterFunc(3*time.Second, d.note("three"))
		l.AfterFunc(time.Second, d.note("one"))
		l.AfterFunc(2*time.Second, d.note("two"))
		l.AfterFunc(time.Second, d.note("one again"))
		l.AfterFunc(0, d.note("now"))
		l.AfterFunc(-time.Second, d.note("before now"))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ElementsMatch(t, []string{"now", "before now"}, d.names[:2])
		require.Equal(t, []string{"one", "one again", "two", "three"}, d.names[2:])
		require.Equal(t, []time.Duration{
			0, 0, time.Second, time.Second, 2 * time.Second, 3 * time.Second,
		}, d.elapsed)
	})
}

// However late the loop gets round to them, the order is that of the deadlines.
func TestTimerOrderHoldsOnABusyLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		release := occupy(t, l)
		l.AfterFunc(2*time.Second, d.note("two"))
		l.AfterFunc(time.Second, d.note("one"))
		time.Sleep(1500 * time.Millisecond)
		require.NoError(t, l.Spawn(context.Background(), quiet(d.note("spawned between"))))
		time.Sleep(time.Hour)
		release()
		synctest.Wait()
		require.Equal(t, []string{"one", "spawned between", "two"}, d.names)
	})
}

func TestTimerEveryKeepsItsBeat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		ticker := l.Every(time.Second, d.note("tick"))
		time.Sleep(3500 * time.Millisecond)
		synctest.Wait()
		require.True(t, ticker.Stop())
		time.Sleep(time.Hour)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}, d.elapsed)
	})
}

// A function that takes longer than the period, running or in Await, misses turns and
// is not owed them.
func TestTimerEverySkipsTurnsWhileSlow(t *testing.T) {
	for name, pause := range map[string]func(context.Context, time.Duration){
		"running":  func(_ context.Context, d time.Duration) { time.Sleep(d) },
		"in Await": func(ctx context.Context, d time.Duration) { _ = loop.Sleep(ctx, d) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l, d := newLoop(t), newDiary()
				note := d.note("slow")
				l.Every(time.Second, func(ctx context.Context) {
					note(ctx)
					pause(ctx, 2500*time.Millisecond)
				})
				time.Sleep(8 * time.Second)
				synctest.Wait()
				require.Equal(t, []time.Duration{time.Second, 4 * time.Second, 7 * time.Second}, d.elapsed)
			})
		})
	}
}

func TestTimerEverySkipsTurnsWhileQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		release := occupy(t, l)
		l.Every(time.Second, d.note("tick"))
		time.Sleep(10*time.Second + time.Millisecond)
		require.Equal(t, 1, l.Stats().Queued)
		release()
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{10*time.Second + time.Millisecond, 11 * time.Second}, d.elapsed)
	})
}

func TestTimerStopBeforeAndAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		before, after := l.AfterFunc(time.Second, d.note("before")), l.AfterFunc(time.Second, d.note("after"))
		require.True(t, before.Stop())
		require.False(t, before.Stop(), "it has been stopped")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.False(t, after.Stop(), "it has run")
		require.Equal(t, []string{"after"}, d.names)
	})
}

func TestTimerStopWhileQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		release := occupy(t, l)
		timer := l.AfterFunc(time.Second, d.note("stopped"))
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.Stats().Queued)
		require.True(t, timer.Stop())
		require.Zero(t, l.Stats().Queued)
		release()
		synctest.Wait()
		require.Empty(t, d.names)
		requireAddsUp(t, l)
	})
}

func TestTimerStopWhileRunning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		var once, ticker *loop.Timer
		var stoppedOnce, stoppedTicker bool
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { // on the loop, as the functions
			once = l.AfterFunc(time.Second, func(context.Context) { stoppedOnce = once.Stop() })
			ticker = l.Every(time.Second, func(ctx context.Context) {
				d.note("tick")(ctx)
				stoppedTicker = ticker.Stop()
			})
			return nil
		}))
		time.Sleep(time.Hour)
		synctest.Wait()
		require.False(t, stoppedOnce, "nothing was kept from running")
		require.True(t, stoppedTicker, "the next turn was")
		require.Len(t, d.names, 1)
	})
}

// stops are the two ways to stop a loop.
var stops = map[string]func(*loop.Loop) error{
	"Shutdown": func(l *loop.Loop) error { return l.Shutdown(context.Background()) },
	"Close":    func(l *loop.Loop) error { return l.Close() },
}

func TestTimerEndsWithTheLoop(t *testing.T) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l, d := newLoop(t), newDiary()
				timers := []*loop.Timer{l.AfterFunc(time.Second, d.note("after")), l.Every(time.Second, d.note("every"))}
				require.NoError(t, stop(l))
				timers = append(timers, l.AfterFunc(time.Second, d.note("late")), l.Every(time.Second, d.note("late")))
				time.Sleep(time.Hour)
				synctest.Wait()
				require.Empty(t, d.names)
				for _, timer := range timers {
					require.False(t, timer.Stop(), "the loop was faster")
				}
				require.Zero(t, l.Stats().Refused)
			})
		})
	}
}

// A timer function in the queue is a task like others: it is drained or dropped.
func TestTimerInTheQueueEndsWithTheLoop(t *testing.T) {
	for name, ran := range map[string]int{"Shutdown": 1, "Close": 0} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var told []error
				l, d := newLoop(t, loop.WithErrorHandler(func(err *loop.Error) { told = append(told, err) })), newDiary()
				release := occupy(t, l)
				l.AfterFunc(time.Second, d.note("queued"))
				time.Sleep(time.Minute)
				stopped := background(func() (int, error) { return 0, stops[name](l) })
				synctest.Wait()
				release()
				require.NoError(t, (<-stopped).err)
				<-l.Done()
				require.Len(t, d.names, ran)
				require.Len(t, told, 1-ran)
				for _, err := range told {
					requireDidNotRun(t, err, loop.ErrClosed)
				}
			})
		})
	}
}

func TestTimerWithoutALoop(t *testing.T) {
	t.Parallel()
	var none *loop.Loop
	never := func(context.Context) { t.Error("it runs") }
	require.False(t, none.AfterFunc(0, never).Stop())
	require.False(t, none.Every(time.Nanosecond, never).Stop())
	require.False(t, new(loop.Timer).Stop())
}

func TestTimerEveryNeedsAPeriod(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		for _, d := range []time.Duration{0, -time.Second} {
			require.Equal(t, "loop: Every needs a positive period", caught(func() { l.Every(d, func(context.Context) {}) }))
		}
	})
}

func TestTimerWaitsForRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t, loop.WithQueueSize(1)), newDiary()
		release := occupy(t, l)
		require.NoError(t, l.Spawn(context.Background(), quiet(d.note("spawned"))))
		l.AfterFunc(time.Second, d.note("timer"))
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.Stats().Waiting)
		release()
		synctest.Wait()
		require.Equal(t, []string{"spawned", "timer"}, d.names)
	})
}

func TestTimerThatFindsNoRoomIsReported(t *testing.T) {
	bubble(t, func(t *testing.T) {
		told := make(chan error, 1)
		l := newLoop(t, loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject),
			loop.WithErrorHandler(func(err *loop.Error) { told <- err }))
		release := occupy(t, l)
		defer release()
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		l.AfterFunc(time.Second, func(context.Context) { t.Error("it runs") })
		e := requireDidNotRun(t, <-told, loop.ErrFull)
		require.Contains(t, e.Handler, "TestTimerThatFindsNoRoomIsReported", "the user's function")
		require.EqualValues(t, 1, l.Stats().Refused)
	})
}

func TestTimerPanicGoesToThePanicHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		told := make(chan *loop.PanicError, 2)
		l := newLoop(t, loop.WithName("clock"), loop.WithPanicHandler(func(p *loop.PanicError) { told <- p }))
		ticker := l.Every(time.Second, func(context.Context) { panic(errHandler) })
		for range 2 { // a panic does not end the timer
			p := <-told
			require.ErrorIs(t, p, errHandler)
			require.Equal(t, "clock", p.Loop)
			require.Regexp(t, `^timer_test\.go:\d+$`, p.Position)
			require.Contains(t, p.Handler, "TestTimerPanicGoesToThePanicHandler")
		}
		require.True(t, ticker.Stop())
	})
}

// A timer's function has the role and a context that ends with the loop.
func TestTimerFunctionIsAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		var self int
		var ended error
		l.AfterFunc(time.Second, func(ctx context.Context) {
			self, _ = loop.Call(ctx, l, value(7))
			ended = loop.Sleep(ctx, time.Hour)
		})
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.Stats().Awaiting)
		require.NoError(t, l.Close())
		<-l.Done()
		require.Equal(t, 7, self, "a self-call")
		require.ErrorIs(t, ended, loop.ErrClosed)
	})
}

// dropLoop makes a loop with timers that are not due for long, and leaves it.
//
//go:noinline
func dropLoop(opts ...loop.Option) weak.Pointer[loop.Loop] {
	l := loop.New(opts...)
	l.AfterFunc(time.Hour, func(context.Context) {})
	l.Every(time.Hour, func(context.Context) {})
	return weak.Make(l)
}

func TestTimerKeepsNoDroppedLoop(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]loop.Option{
		"default": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
	} {
		dropped := dropLoop(opts...)
		for range 1000 {
			if dropped.Value() == nil {
				break
			}
			runtime.GC()
			yield()
		}
		require.Nil(t, dropped.Value(), name)
	}
}

// Reset of a timer that has not fired moves it, however often.
func TestTimerResetBefore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		timer := l.AfterFunc(2*time.Second, d.note("idle"))
		for range 10 {
			time.Sleep(time.Second)
			require.True(t, timer.Reset(2*time.Second))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, []time.Duration{12 * time.Second}, d.elapsed)
	})
}

func TestTimerResetAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		timer := l.AfterFunc(time.Second, d.note("once"))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.False(t, timer.Reset(time.Second), "it has run")
		time.Sleep(time.Minute)
		require.False(t, timer.Stop())
		require.False(t, timer.Reset(time.Second), "it has been stopped")
		require.True(t, timer.Stop())
		require.False(t, timer.Reset(0))
		synctest.Wait()
		require.Equal(t, []time.Duration{time.Second, 61 * time.Second, 120 * time.Second}, d.elapsed)
	})
}

// A function that is due but has not started is taken out of the queue.
func TestTimerResetWhileQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		release := occupy(t, l)
		timer := l.AfterFunc(time.Second, d.note("queued"))
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.Stats().Queued)
		require.True(t, timer.Reset(time.Hour))
		require.Zero(t, l.Stats().Queued)
		release()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		require.Equal(t, []time.Duration{time.Hour + time.Minute}, d.elapsed)
	})
}

// A function may reset its own timer, also to a moment at which it is still running.
func TestTimerResetByItsFunction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		var timer *loop.Timer
		note := d.note("again")
		again := func(ctx context.Context) {
			note(ctx)
			if len(d.names) < 3 {
				require.False(t, timer.Reset(0))
				require.NoError(t, loop.Sleep(ctx, time.Second))
			}
		}
		require.NoError(t, l.Do(context.Background(), func(context.Context) error { // on the loop, as the function
			timer = l.AfterFunc(time.Second, again)
			return nil
		}))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, d.names, 3)
	})
}

func TestTimerResetOfEvery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		timer := l.Every(time.Hour, d.note("tick"))
		require.True(t, timer.Reset(time.Second))
		time.Sleep(3500 * time.Millisecond)
		require.PanicsWithValue(t, "loop: Reset of a timer of Every needs a positive period", func() { timer.Reset(0) })
		require.True(t, timer.Stop())
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}, d.elapsed)
	})
}

// After the loop has begun to stop, Reset leaves the timer as it is: a function in the queue runs.
func TestTimerResetAfterShutdown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		release := occupy(t, l)
		queued, waiting := l.AfterFunc(time.Second, d.note("queued")), l.AfterFunc(time.Hour, d.note("waiting"))
		time.Sleep(time.Minute)
		down := background(func() (int, error) { return 0, l.Shutdown(context.Background()) })
		synctest.Wait()
		require.False(t, queued.Reset(time.Second))
		require.False(t, waiting.Reset(time.Second))
		release()
		require.NoError(t, (<-down).err)
		time.Sleep(2 * time.Hour)
		require.Equal(t, []string{"queued"}, d.names)
	})
}

// Resets from everywhere leave one firing.
func TestTimerResetsAtTheSameTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, d := newLoop(t), newDiary()
		timer := l.AfterFunc(time.Second, d.note("once"))
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 50 {
					timer.Reset(time.Second)
				}
			})
		}
		all.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, d.names, 1)
	})
}
