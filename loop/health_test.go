package loop_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// limit is what the tests ask Live for.
const limit = 30 * time.Second

// requireStuck checks the error of a loop that is not live.
func requireStuck(t testing.TB, err error, held time.Duration) *loop.StuckError {
	t.Helper()
	var s *loop.StuckError
	require.ErrorAs(t, err, &s)
	require.Equal(t, held, s.For)
	return s
}

// A handler that hangs is named at the first look, where handlers are timed.
func TestHealthOfAHandlerThatHangs(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t, loop.WithName("bank"))
		require.NoError(t, l.Live(limit))
		release := occupy(t, l)
		f := loop.Async(context.Background(), l, value(1))
		time.Sleep(limit)
		require.NoError(t, l.Live(limit))
		time.Sleep(time.Second)
		err := l.Live(limit)
		s := requireStuck(t, err, limit+time.Second)
		require.Equal(t, 1, s.Queued)
		require.Regexp(t, `^loop "bank" is stuck: loop_test\.occupy\.func1 \(helpers_test\.go:\d+\) has held it for 31s, 1 task is queued$`, err.Error())
		require.NoError(t, l.Ready(), "it would take another")
		release()
		_, err = f.Await(context.Background())
		require.NoError(t, err)
		require.NoError(t, l.Live(limit))
	})
}

// One that is not timed has held the loop since it has first been seen.
func TestHealthOfAHandlerThatIsNotTimed(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for range 1100 {
			_, err := loop.Async(context.Background(), l, value(1)).Await(context.Background())
			require.NoError(t, err)
		}
		release := occupy(t, l)
		defer release()
		time.Sleep(time.Hour)
		require.NoError(t, l.Live(limit))
		time.Sleep(limit)
		require.NoError(t, l.Live(limit))
		time.Sleep(time.Second)
		require.Contains(t, requireStuck(t, l.Live(limit), limit+time.Second).Handler, "occupy")
	})
}

// A loop that is busy is not stuck, however long the line.
func TestHealthOfABusyLoop(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for range 100 {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { time.Sleep(limit); return nil }))
		}
		for range 99 {
			time.Sleep(limit)
			require.NoError(t, l.Live(limit))
		}
	})
}

// What a look has found is over when the loop has been idle since.
func TestHealthForgetsWhatHasEnded(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for name, run := range map[string]func(){
			"call": func() {
				_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { time.Sleep(limit); return 0, nil })
			},
			"spawn": func() {
				_ = l.Spawn(context.Background(), func(context.Context) error { time.Sleep(limit); return nil })
			},
		} {
			for range 3 {
				for range 2 {
					go run()
					synctest.Wait()
					require.NoError(t, l.Live(limit), name)
					time.Sleep(limit - time.Nanosecond)
					require.NoError(t, l.Live(limit), name) // found at work, and never found idle
					time.Sleep(time.Nanosecond)
					synctest.Wait()
				}
				time.Sleep(time.Hour)
			}
		}
	})
}

func TestHealthOfHandlersInAwait(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for range 3 {
			require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
				assert.NoError(t, loop.Sleep(ctx, time.Hour))
				return nil
			}))
		}
		call := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				time.Sleep(limit)
				err := loop.Await(ctx, func(context.Context) error { time.Sleep(2 * time.Hour); return nil })
				time.Sleep(2 * limit) // it hangs when it is back
				return 0, err
			})
		})
		for range int((2*time.Hour + limit) / time.Minute) {
			require.NoError(t, l.Live(limit))
			time.Sleep(time.Minute)
		}
		time.Sleep(2 * limit) // one until it comes back, one since
		require.NoError(t, l.Live(limit))
		time.Sleep(time.Second)
		requireStuck(t, l.Live(limit), limit+time.Second)
		require.NoError(t, (<-call).err)
	})
}

// A call that its own caller runs: it has no name, unless slow handlers are looked for.
func TestHealthOfADirectCall(t *testing.T) {
	for name, opts := range map[string][]loop.Option{
		"a caller's own call":     nil,
		"TestHealthOfADirectCall": {loop.WithSlowHandler(time.Hour, nil)},
	} {
		t.Run(strconv.Itoa(len(opts)), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLoop(t, append(opts, loop.WithInline())...)
				call := background(func() (int, error) {
					return loop.Call(context.Background(), l, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
				})
				synctest.Wait()
				require.NoError(t, l.Live(limit))
				time.Sleep(limit + time.Second)
				require.Contains(t, requireStuck(t, l.Live(limit), limit+time.Second).Handler, name)
				require.NoError(t, (<-call).err)
				require.NoError(t, l.Live(limit))
			})
		})
	}
}

// Of two direct calls one of which has gone into Await, the second is another.
func TestHealthOfADirectCallAfterAwait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithInline())
		var stretches []int64
		look := func() {
			require.NoError(t, l.Live(limit))
			stretches = append(stretches, l.Snapshot(0).Stretch)
		}
		first := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
				time.Sleep(limit - 1)
				return 1, loop.Sleep(ctx, time.Hour)
			})
		})
		synctest.Wait()
		look()
		time.Sleep(limit)
		second := background(func() (int, error) {
			return loop.Call(context.Background(), l, func(context.Context) (int, error) { time.Sleep(limit); return 1, nil })
		})
		synctest.Wait()
		time.Sleep(limit - 1)
		look()
		require.NotEqual(t, stretches[0], stretches[1])
		require.NoError(t, (<-second).err)
		require.NoError(t, (<-first).err)
	})
}

// A loop of NewMain that nobody runs is stuck, and one that somebody does is not.
func TestHealthOfMainThatIsNotRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, run := loop.NewMain(loop.WithName("gui"))
		time.Sleep(time.Hour)
		require.NoError(t, l.Live(limit), "there is nothing to do")
		for range 2 {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		}
		require.NoError(t, l.Live(limit))
		time.Sleep(limit + time.Second)
		require.EqualError(t, l.Live(limit), `loop "gui" is stuck: it has begun no handler for 31s, 2 tasks are queued`)
		ended := background(func() (int, error) { return 0, run(context.Background()) })
		synctest.Wait()
		require.NoError(t, l.Live(limit))
		require.NoError(t, l.Close())
		require.NoError(t, (<-ended).err)
	})
}

// The other loop does something else: it is stuck, and no handler is to blame. What the
// last handler took is not counted.
func TestHealthOfAdaptedLoopThatDoesNotRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		posts := make(chan func(), 10)
		l := loop.Adapt(func(f func()) { posts <- f })
		for range 65 { // one more than it runs at a time
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { time.Sleep(time.Second); return nil }))
		}
		(<-posts)()
		require.NoError(t, l.Live(limit))
		time.Sleep(limit)
		require.NoError(t, l.Live(limit))
		time.Sleep(time.Second)
		require.Empty(t, requireStuck(t, l.Live(limit), limit+time.Second).Handler)
		(<-posts)()
		require.NoError(t, l.Shutdown(context.Background()))
		require.NoError(t, l.Live(limit))
	})
}

// A panic handler runs on the loop, after the handler.
func TestHealthOfAPanicHandlerThatHangs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithPanicHandler(func(*loop.PanicError) { time.Sleep(time.Hour) }))
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { panic(errHandler) }))
		synctest.Wait()
		require.NoError(t, l.Live(limit))
		time.Sleep(limit + time.Second)
		require.Empty(t, requireStuck(t, l.Live(limit), limit+time.Second).Handler)
	})
}

// A handler that waits for another loop holds its own.
func TestHealthOfAHandlerThatWaits(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, other := newLoop(t), newLoop(t)
		release := occupy(t, other)
		require.NoError(t, l.Spawn(context.Background(), func(ctx context.Context) error {
			_, _ = loop.Call(ctx, other, value(1))
			return nil
		}))
		time.Sleep(limit + time.Second)
		requireStuck(t, l.Live(limit), limit+time.Second)
		requireStuck(t, other.Live(limit), limit+time.Second)
		release()
	})
}

// longArgs is what generated code declares: its handler is known without arguments.
type longArgs struct{ d time.Duration }

func (a longArgs) Run(context.Context) (int, error) { time.Sleep(a.d); return 1, nil }
func (longArgs) Handler() any                       { return longArgs.Run }

// needyArgs tells its handler only if it is not nil.
type needyArgs struct{ longArgs }

func TestHealthNamesABridgesHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		long := descriptor[longArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Long"}}
		needy := descriptor[*needyArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Needy"}}
		for name, call := range map[string]func() (int, error){
			`test\.Long \(health_test\.go:\d+\) has`: func() (int, error) { return long.Call(context.Background(), l, longArgs{time.Minute}) },
			`test\.Needy has`: func() (int, error) {
				return needy.Call(context.Background(), l, &needyArgs{longArgs{time.Minute}})
			},
		} {
			called := background(call)
			time.Sleep(limit + time.Second)
			require.Regexp(t, name, l.Live(limit).Error())
			require.NoError(t, (<-called).err)
		}
	})
}

func TestHealthOfAClosedLoop(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t, loop.WithName("bank"))
		require.NoError(t, l.Ready())
		release := occupy(t, l)
		require.NoError(t, l.Close())
		require.ErrorIs(t, l.Ready(), loop.ErrClosed)
		require.EqualError(t, l.Ready(), `loop "bank" is not ready: the loop is closed`)
		time.Sleep(limit + time.Second)
		requireStuck(t, l.Live(limit), limit+time.Second) // a handler that does not heed its context
		release()
		<-l.Done()
		require.NoError(t, l.Live(limit))
	})
}

func TestHealthOfAFullLoop(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t, loop.WithName("bank"), loop.WithQueueSize(2))
		release := occupy(t, l)
		var calls []<-chan result[int]
		for n := range 3 {
			require.Equal(t, n < 2, l.Ready() == nil)
			calls = append(calls, background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) }))
			synctest.Wait()
		}
		require.ErrorIs(t, l.Ready(), loop.ErrFull)
		require.EqualError(t, l.Ready(), `loop "bank" is not ready: the loop's queue is full: 2 tasks, and 1 that wait for room`)
		release()
		for _, c := range calls {
			require.NoError(t, (<-c).err)
		}
		require.NoError(t, l.Ready())
	})
}

func TestHealthOfNoLoop(t *testing.T) {
	t.Parallel()
	var (
		l *loop.Loop
		s *loop.Sharded
	)
	require.NoError(t, l.Live(limit))
	require.NoError(t, s.Live(limit))
	require.ErrorIs(t, l.Ready(), loop.ErrNoLoop)
	require.ErrorIs(t, s.Ready(), loop.ErrNoLoop)
	require.Equal(t, "loop: Live needs a positive limit", caught(func() { _ = l.Live(0) }))
}

func TestHealthOfASharded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := loop.NewSharded(3, loop.WithName("rooms"), loop.WithQueueSize(1))
		require.NoError(t, s.Ready())
		var releases []func()
		for _, l := range s.Loops() {
			releases = append(releases, occupy(t, l))
		}
		require.NoError(t, s.Loops()[2].Spawn(context.Background(), func(context.Context) error { return nil }))
		require.EqualError(t, s.Ready(), `loop "rooms/2" is not ready: the loop's queue is full: 1 tasks, and 0 that wait for room`)
		time.Sleep(limit + time.Second)
		require.Len(t, s.Live(limit).(interface{ Unwrap() []error }).Unwrap(), 3)
		for _, release := range releases {
			release()
		}
		require.NoError(t, s.Shutdown(context.Background()))
		require.NoError(t, s.Live(limit))
	})
}

// probed is a member that knows how it is.
type probed struct{ service }

func (probed) Live(time.Duration) error { return errors.ErrUnsupported }
func (probed) Ready() error             { return errHandler }

func TestHealthOfAGroup(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g loop.ShutdownGroup
		l := newLoop(t, loop.WithName("a"))
		g.Add("accounts", l, g.AddCloser("db", resource(func() error { return nil })))
		g.Add("rooms", loop.NewSharded(2))
		require.NoError(t, g.Live(limit))
		require.NoError(t, g.Ready())
		release := occupy(t, l)
		down := make(chan struct{})
		g.Add("other", probed{service{func(context.Context) error { <-down; return nil }, nil}})
		time.Sleep(limit + time.Second)
		require.Regexp(t, `^accounts: loop "a" is stuck: .*\nother: unsupported operation$`, g.Live(limit).Error())
		require.EqualError(t, g.Ready(), "other: the handler says no")

		release()
		ended := background(func() (int, error) { return 0, g.Shutdown(context.Background()) })
		synctest.Wait()
		require.EqualError(t, g.Ready(), "the group is being shut down: the loop is closed")
		require.ErrorIs(t, g.Ready(), loop.ErrClosed)
		close(down)
		require.NoError(t, (<-ended).err)
	})
}

// Probes and calls do not disturb each other, on any executor.
func TestHealthWhileEverythingMoves(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t, loop.WithQueueSize(4))
		var callers, probes sync.WaitGroup
		over := make(chan struct{})
		for range 2 {
			probes.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						assert.NoError(t, l.Live(time.Minute))
						_ = l.Ready()
						yield()
					}
				}
			})
		}
		b := descriptor[longArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Long"}}
		for range 4 {
			callers.Go(func() {
				for range 200 {
					_, _ = b.Call(t.Context(), l, longArgs{})
					_, _ = loop.Call(t.Context(), l, func(ctx context.Context) (int, error) { return 1, loop.Sleep(ctx, 0) })
				}
			})
		}
		callers.Wait()
		close(over)
		probes.Wait()
	})
}
