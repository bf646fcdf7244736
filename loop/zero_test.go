package loop_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A nil loop and the zero value refuse calls, and answer all questions.
func TestZeroLoop(t *testing.T) {
	for name, l := range map[string]*loop.Loop{"nil": nil, "zero": new(loop.Loop)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			nothing := func(context.Context) error { t.Error("ran"); return nil }
			for range 2 {
				_, err := loop.Call(ctx, l, value(1))
				requireDidNotRun(t, err, loop.ErrNoLoop)
				_, err = loop.Async(ctx, l, value(1)).Await(ctx)
				requireDidNotRun(t, err, loop.ErrNoLoop)
				requireDidNotRun(t, l.Do(ctx, nothing), loop.ErrNoLoop)
				requireDidNotRun(t, l.Spawn(ctx, nothing), loop.ErrNoLoop)
				b := newBridge(called{Name: "test.One"}, func(context.Context, int) (int, error) { return 1, nil })
				_, err = b.call(ctx, l, 1)
				requireDidNotRun(t, err, loop.ErrNoLoop)
				for _, err := range streamErr(ctx, l, 1, func(context.Context, func(int, error) bool) { t.Error("ran") }) {
					requireDidNotRun(t, err, loop.ErrNoLoop)
				}
				require.False(t, l.AfterFunc(0, func(context.Context) { t.Error("ran") }).Stop())
				require.False(t, l.Every(1, func(context.Context) { t.Error("ran") }).Reset(1))
				require.NoError(t, l.Close())
				require.NoError(t, l.Shutdown(ctx))
			}
			require.Nil(t, l.Done())
			require.True(t, l.Closed())
			require.ErrorIs(t, l.Ready(), loop.ErrNoLoop)
			require.NoError(t, l.Live(time.Second))
			require.Zero(t, l.ID())
			require.Empty(t, l.Name())
			require.Equal(t, "no loop", fmt.Sprint(l))
			require.Equal(t, loop.Stats{}, l.Stats())
			require.Equal(t, loop.Snapshot{}, l.Snapshot(1))
		})
	}
}

func TestZeroSharded(t *testing.T) {
	for name, s := range map[string]*loop.Sharded{"nil": nil, "zero": new(loop.Sharded)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Nil(t, loop.Shard(s, "key"))
			text, _ := caught(func() { loop.ShardIndex(s, "key") }).(string)
			require.Contains(t, text, "loop: ShardIndex of a Sharded without loops")
			require.Empty(t, s.Loops())
			require.True(t, s.Closed())
			require.NoError(t, s.Live(time.Second))
			require.ErrorIs(t, s.Ready(), loop.ErrNoLoop)
			require.NoError(t, s.Shutdown(context.Background()))
			require.NoError(t, s.Close())
		})
	}
}

func TestZeroShutdownGroup(t *testing.T) {
	t.Parallel()
	var g *loop.ShutdownGroup
	require.NoError(t, g.Shutdown(context.Background()))
	require.NoError(t, g.Live(time.Second))
	require.ErrorIs(t, g.Ready(), loop.ErrNoLoop)
	for want, f := range map[string]func(){
		"loop: x is added to a nil ShutdownGroup": func() { g.AddFunc("x", func(context.Context) error { return nil }) },
		"loop: Watch of a nil ShutdownMember":     func() { (*loop.ShutdownMember)(nil).Watch(newLoop(t)) },
	} {
		require.PanicsWithValue(t, want, f)
	}
	require.Contains(t, caught(func() { new(loop.ShutdownMember).Watch(newLoop(t)) }), "zero ShutdownMember")
	require.Contains(t, caught(func() { new(loop.ShutdownGroup).AddFunc("x", func(context.Context) error { return nil }).Watch(nil) }), "nil probe")
}

func TestZeroValuesOfTheRest(t *testing.T) {
	t.Parallel()
	for _, timer := range []*loop.Timer{nil, {}} {
		require.False(t, timer.Stop())
		require.False(t, timer.Reset(time.Second))
	}
	var noError *loop.Error
	require.False(t, noError.NotRun())
	require.Empty(t, noError.Unwrap())
	for _, err := range []error{noError, (*loop.PanicError)(nil), (*loop.DeadlockError)(nil), (*loop.StuckError)(nil)} {
		require.Equal(t, "<nil>", err.Error())
		require.Equal(t, "<nil>", fmt.Sprintf("%+v", err))
	}
	for _, err := range []error{new(loop.Error), new(loop.PanicError), new(loop.DeadlockError), new(loop.StuckError)} {
		require.NotEmpty(t, err.Error())
		require.NotContains(t, fmt.Sprintf("%+v", err), "PANIC")
	}
	var e loop.Event
	require.Empty(t, e.Handler()+e.Position())
	require.True(t, e.Time().IsZero())
	require.False(t, e.ByCaller())
	require.False(t, loop.Event{Mode: loop.ModeCall}.ByCaller())
	require.Equal(t, loop.OverflowWait, loop.Overflow(0))
	for _, s := range []fmt.Stringer{loop.Overflow(-1), loop.Overflow(9), loop.Step(0), loop.Step(99), loop.Mode(0), loop.Mode(99), loop.Outcome(99)} {
		require.Equal(t, "invalid", s.String())
	}
	require.NotEmpty(t, loop.WaitKind(0).String()+loop.WaitKind(99).String())
	require.Len(t, slices.Collect(func(yield func(uint64) bool) {
		for _, n := range (loop.Histogram{}).Buckets() {
			yield(n)
		}
	}), 34)
}
