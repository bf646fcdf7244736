package loop_test

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// onEachExecutor runs a test in a bubble for each executor that New makes.
func onEachExecutor(t *testing.T, test func(t *testing.T, opts ...loop.Option)) {
	for name, opts := range map[string][]loop.Option{
		"default": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()},
	} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { test(t, opts...) }) })
	}
}

// reported collects reports.
func reported() (func(loop.SlowReport), chan loop.SlowReport) {
	c := make(chan loop.SlowReport, 16)
	return func(r loop.SlowReport) { c <- r }, c
}

func TestSlowHandlerIsReportedOncePerStretch(t *testing.T) {
	onEachExecutor(t, func(t *testing.T, opts ...loop.Option) {
		report, reports := reported()
		l := newLoop(t, append(opts, loop.WithName("ledger"), loop.WithSlowHandler(0, report))...)
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) {
			dawdle(time.Second)
			require.NoError(t, loop.Sleep(ctx, time.Hour))
			dawdle(loop.DefaultSlowThreshold / 2)
			require.NoError(t, loop.Sleep(ctx, time.Hour))
			dawdle(2 * loop.DefaultSlowThreshold)
			return 0, nil
		})
		require.NoError(t, err)
		synctest.Wait()
		require.Len(t, reports, 2)
		for range 2 {
			r := <-reports
			require.Equal(t, "ledger", r.Loop)
			require.Contains(t, r.Handler, "TestSlowHandlerIsReportedOncePerStretch")
			require.GreaterOrEqual(t, r.For, loop.DefaultSlowThreshold)
			require.LessOrEqual(t, r.For, 3*loop.DefaultSlowThreshold/2)
			require.True(t, r.Blocked)
			require.Contains(t, r.Stack, "loop_test.dawdle\n")
			require.NotContains(t, r.Stack, "loop.enter")
			require.False(t, strings.HasPrefix(r.Stack, "runtime."))
		}
	})
}

// dawdle holds the loop role. It is its own function to be found in stacks.
//
//go:noinline
func dawdle(d time.Duration) {
	time.Sleep(d)
	_ = d.String()
}

func TestSlowHandlerNamesWhoWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		report, reports := reported()
		l := newLoop(t, loop.WithSlowHandler(time.Minute, report))
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { dawdle(time.Hour); return nil }))
		for range 20 {
			background(func() (int, error) { return loop.Call(context.Background(), l, value(1)) })
		}
		r := <-reports
		require.Equal(t, 20, r.Queued)
		require.Len(t, r.Waiting, 8)
		require.Equal(t, loop.ModeCall, r.Waiting[0].Mode)
		require.GreaterOrEqual(t, r.Waiting[0].For, time.Minute)
		require.Contains(t, loop.SlowReports(), r)
		time.Sleep(2 * time.Hour) // until all of them have returned
	})
}

func TestQuickHandlersAreNotReported(t *testing.T) {
	onEachExecutor(t, func(t *testing.T, opts ...loop.Option) {
		report, reports := reported()
		l := newLoop(t, append(opts, loop.WithSlowHandler(0, report))...)
		for range 100 { // ten times the threshold in all
			_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) { dawdle(loop.DefaultSlowThreshold / 10); return 0, nil })
			require.NoError(t, err)
		}
		_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 0, loop.Sleep(ctx, time.Hour) })
		require.NoError(t, err)
		synctest.Wait()
		require.Empty(t, reports)
	})
}

// TestIdleLoopIsNotLookedAt makes sure that the watch ends with the work.
func TestIdleLoopIsNotLookedAt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t, loop.WithSlowHandler(0, nil))
		_, err := loop.Call(context.Background(), l, value(1))
		require.NoError(t, err)
		require.True(t, l.WatchedForSlow())
		time.Sleep(loop.DefaultSlowThreshold)
		synctest.Wait()
		require.False(t, l.WatchedForSlow())
		_, err = loop.Call(context.Background(), l, func(context.Context) (int, error) { dawdle(time.Second); return 0, nil })
		require.NoError(t, err)
		reports := loop.SlowReports()
		require.Equal(t, l.Name(), reports[len(reports)-1].Loop, "and begins again")
	})
}

// TestBusyHandlerIsToldFromABlockedOne needs real time: in a bubble, a goroutine that
// computes keeps the clock from going.
func TestBusyHandlerIsToldFromABlockedOne(t *testing.T) {
	if runtime.GOARCH == "wasm" {
		t.Skip("while a goroutine computes, no other runs: there is one thread and no preemption")
	}
	report, reports := reported()
	l := newLoop(t, loop.WithSlowHandler(20*time.Millisecond, report))
	var stop atomic.Bool
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { compute(&stop); return nil }))
	r := <-reports
	stop.Store(true)
	require.False(t, r.Blocked, r.Stack)
	require.Contains(t, r.Stack, "loop_test.compute\n")
}

//go:noinline
func compute(stop *atomic.Bool) {
	for n := 0; !stop.Load(); n++ {
		_ = n
	}
}

// A stack that is deeper than the goroutine profile shows is found all the same, unless a
// goroutine that the handler has started is as deep: then the report does not claim anything.
func TestSlowHandlerWithADeepStack(t *testing.T) {
	onEachExecutor(t, func(t *testing.T, opts ...loop.Option) {
		report, reports := reported()
		l := newLoop(t, append(opts, loop.WithSlowHandler(time.Minute, report))...)
		slow := func(depth, child int) loop.SlowReport {
			_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) {
				if child > 0 {
					ended := background(func() (int, error) { atDepth(child, func() { dawdle(time.Hour) }); return 0, nil })
					defer func() { <-ended }()
				}
				atDepth(depth, func() { dawdle(time.Hour) })
				return 0, nil
			})
			require.NoError(t, err)
			return <-reports
		}
		for _, depth := range []int{1, 100, 120, 128, 130, 1000} {
			for _, child := range []int{0, 1} {
				r := slow(depth, child)
				require.True(t, r.Found, "%d frames", depth)
				require.True(t, r.Blocked, "%d frames", depth)
				require.Contains(t, r.Stack, "loop_test.dawdle\n", "%d frames", depth)
			}
		}
		r := slow(10, 1000)
		require.True(t, r.Found, "the handler's own stack is shown in full")
		r = slow(1000, 1000)
		require.False(t, r.Found)
		require.False(t, r.Blocked)
		require.Empty(t, r.Stack)
		require.NotEmpty(t, r.Handler)
	})
}
