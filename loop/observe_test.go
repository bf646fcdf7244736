package loop_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A tally is an observer that counts.
type tally struct{ submitted, started, settled, ended atomic.Int64 }

func (c *tally) Observe(ctx context.Context, e loop.Event) context.Context {
	switch e.Step {
	case loop.StepSubmitted:
		c.submitted.Add(1)
	case loop.StepStarted:
		c.started.Add(1)
	case loop.StepSettled:
		c.settled.Add(1)
	case loop.StepEnded:
		c.ended.Add(1)
	}
	return ctx
}

// Not parallel: AllocsPerRun counts what other goroutines allocate.
func TestCostOfAnObserver(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, pools drop what they are given at random")
	}
	for name, newLoop := range makers {
		if name == "adapt" || name == "inline" && pureGo { // allocates anyway
			continue
		}
		var c tally
		l, n := newLoop(t, loop.WithObserver(&c)), 0
		b := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
		got := testing.AllocsPerRun(1000, func() { _, _ = b.Call(context.Background(), l, countArgs{&n, 1}) })
		require.Zero(t, got, name)
		require.EqualValues(t, 1001, c.submitted.Load(), name)
		require.EqualValues(t, 1001, c.started.Load(), name)
		require.EqualValues(t, 1001, c.settled.Load(), name)
	}
}

// An untimedTally says that it can do without the times.
type untimedTally struct {
	tally
	at atomic.Int64 // the sum of all
}

func (c *untimedTally) Untimed() {}

func (c *untimedTally) Observe(ctx context.Context, e loop.Event) context.Context {
	c.at.Add(int64(e.At + e.Queued + e.Ran + e.Awaited))
	return c.tally.Observe(ctx, e)
}

// Tasks that are timed anyway, for Stats, may tell their times all the same.
func TestUntimedObserver(t *testing.T) {
	t.Parallel()
	const sampled = 1024 // calls, all of which Stats times
	for name, newLoop := range makers {
		var c untimedTally
		l, n := newLoop(t, loop.WithObserver(&c)), 0
		b := &descriptor[countArgs, int]{Bridge: loopimpl.Bridge{Name: "test.Count"}}
		call := func(times int) {
			for range times {
				_, err := b.Call(t.Context(), l, countArgs{&n, 1})
				require.NoError(t, err)
			}
		}
		call(sampled)
		before := l.Stats()
		require.NotZero(t, c.at.Load(), name)
		c.at.Store(0)
		call(63) // up to the next that is timed, or just behind it
		after := l.Stats()
		timed := after.RunTime.Count() - before.RunTime.Count()
		require.LessOrEqual(t, timed, uint64(1), name)
		if timed == 0 {
			require.Zero(t, c.at.Load(), name)
		}
		require.EqualValues(t, sampled+63, c.settled.Load(), name)
		require.NoError(t, l.Shutdown(context.Background()))
	}

	// With an observer that wants to know, both get the times.
	var untimed untimedTally
	var timed tally
	l := loop.New(loop.WithObserver(&untimed), loop.WithObserver(&timed))
	for range 2 * sampled {
		_, err := loop.Call(t.Context(), l, value(1))
		require.NoError(t, err)
	}
	untimed.at.Store(0)
	for range 3 {
		_, err := loop.Call(t.Context(), l, value(1))
		require.NoError(t, err)
	}
	require.NotZero(t, untimed.at.Load())
	require.NoError(t, l.Shutdown(context.Background()))
}

func TestObservedShards(t *testing.T) {
	t.Parallel()
	var c tally
	s := loop.NewSharded(4, loop.WithObserver(&c))
	for i := range 100 {
		_, err := loop.Call(t.Context(), loop.Shard(s, i), value(i))
		require.NoError(t, err)
	}
	require.NoError(t, s.Shutdown(context.Background()))
	require.EqualValues(t, 100, c.started.Load())
	require.EqualValues(t, 100, c.settled.Load())
}

// A crowd does everything at the same time, while others look at the loop.
func TestObservedCrowd(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		var c tally
		l := newLoop(t, loop.WithObserver(&c), loop.WithQueueSize(8), loop.WithOverflow(loop.OverflowReject),
			loop.WithPanicHandler(func(*loop.PanicError) {}))
		nap := func(ctx context.Context) error { return loop.Sleep(ctx, 0) }
		slow := newBridge(called{Name: "slow", Abandon: true}, func(ctx context.Context, _ int) (int, error) { return 0, nap(ctx) })
		var all, looking sync.WaitGroup
		stop := make(chan struct{})
		looking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					s := l.Snapshot(4)
					if s.Stats.Queued > 8 || len(s.Queue) > 4 || s.Stats.AbandonedRunning < 0 {
						t.Errorf("%+v", s)
					}
					runtime.Gosched()
				}
			}
		})
		for i := range 8 {
			all.Go(func() {
				for k := range 150 {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(k%5)*20*time.Microsecond)
					switch (i + k) % 5 {
					case 0:
						_, _ = act("nap", nap).call(ctx, l, 1)
					case 1:
						_, _ = slow.call(ctx, l, 1)
					case 2:
						_ = act("spawn", nap).spawn(ctx, l, 1)
					case 3:
						_, _ = act("async", idle).goes(ctx, l, 1).Await(context.Background())
					case 4:
						caught(func() { _, _ = act("bang", func(context.Context) error { panic("bang") }).call(ctx, l, 1) })
					}
					cancel()
				}
			})
		}
		all.Wait()
		require.NoError(t, l.Shutdown(context.Background()))
		close(stop)
		looking.Wait()
		s := l.Stats()
		require.EqualValues(t, 8*150, c.submitted.Load())
		require.EqualValues(t, 8*150, c.settled.Load())
		require.EqualValues(t, 8*150, s.Accepted+s.Refused)
		require.Equal(t, s.Abandoned, c.ended.Load())
		require.Equal(t, s.Returned+s.Panicked+s.Abandoned, c.started.Load())
		require.Zero(t, s.AbandonedRunning)
	})
}

func TestStepsOutcomesAndModesHaveNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ended", loop.StepEnded.String())
	require.Equal(t, "refused", loop.OutcomeRefused.String())
	require.Equal(t, "self", loop.ModeSelf.String())
	require.Equal(t, "invalid", loop.Step(99).String())
	require.Equal(t, "invalid", loop.Outcome(99).String())
	require.Equal(t, "invalid", loop.Mode(99).String())
	require.Equal(t, "invalid", loop.Step(0).String())
}

func TestLoopsAreListedInOrder(t *testing.T) {
	t.Parallel()
	a, b, ended := newLoop(t), newLoop(t), newLoop(t)
	require.NoError(t, ended.Close())
	<-ended.Done()
	var found []*loop.Loop
	for l := range loop.Loops() {
		if l == a || l == b || l == ended {
			found = append(found, l)
		}
	}
	require.Equal(t, []*loop.Loop{a, b}, found, "loops that have ended are not listed")
	for range loop.Loops() {
		break
	}
	require.Greater(t, b.ID(), a.ID())
	require.True(t, ended.Snapshot(0).Done)
	require.False(t, b.Snapshot(0).Done)
}

// Loops that nobody refers to vanish, and so does what is kept of them.
func TestLoopsVanish(t *testing.T) {
	t.Parallel()
	const name = "to be forgotten"
	func() {
		for range 10 {
			l := loop.New(loop.WithName(name), loop.WithObserver(new(tally)))
			_, err := loop.Call(t.Context(), l, value(1))
			require.NoError(t, err)
		}
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		n := 0
		for l := range loop.Loops() {
			if l.Name() == name {
				n++
			}
		}
		return n == 0 && !loop.Registered(name)
	}, 20*time.Second, 5*time.Millisecond)
}
