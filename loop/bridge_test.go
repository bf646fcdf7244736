package loop_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// upper is a handler and upperArgs its arguments, written as the generator does.
func upper(_ context.Context, s string) (string, error) {
	if s == "" {
		return "empty", errHandler
	}
	return strings.ToUpper(s), nil
}

type upperArgs struct{ s string }

func (in upperArgs) Run(ctx context.Context) (string, error) { return upper(ctx, in.s) }
func (upperArgs) Handler() any {
	return (func(context.Context, string) (string, error))(upper)
}

func newUpper() *descriptor[upperArgs, string] {
	return &descriptor[upperArgs, string]{Bridge: loopimpl.Bridge{Name: "test.Upper"}}
}

func TestBridgeCall(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), newUpper()
	got, err := b.Call(context.Background(), l, upperArgs{"a"})
	require.NoError(t, err)
	require.Equal(t, "A", got)
	got, err = b.Call(context.Background(), l, upperArgs{})
	require.Same(t, errHandler, err)
	require.Equal(t, "empty", got)
}

func TestBridgeErrorsNameTheHandler(t *testing.T) {
	t.Parallel()
	b := newUpper()
	_, err := b.Call(context.Background(), nil, upperArgs{"a"})
	e := requireDidNotRun(t, err, loop.ErrNoLoop)
	require.Equal(t, "test.Upper", e.Handler)
	require.Regexp(t, `^bridge_test\.go:\d+$`, e.Position)
	require.Regexp(t, `^test\.Upper \(bridge_test\.go:\d+\) did not run: the loop is nil$`, e.Error())
}

func TestBridgeCallSame(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), newUpper()
	got, err := b.CallSame(context.Background(), l, upperArgs{"a"})
	require.NoError(t, err)
	require.Equal(t, "A", got)
	_, err = b.CallSame(context.Background(), l, upperArgs{})
	require.Same(t, errHandler, err)
}

func TestBridgeCallSamePanicsIfThereIsNoResult(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), newUpper()
	require.NoError(t, l.Close())
	v := caught(func() { _, _ = b.CallSame(context.Background(), l, upperArgs{"a"}) })
	requireDidNotRun(t, v.(error), loop.ErrClosed)
	v = caught(func() { _, _ = b.CallSame(context.Background(), nil, upperArgs{"a"}) })
	requireDidNotRun(t, v.(error), loop.ErrNoLoop)
	v = caught(func() { b.SpawnSame(context.Background(), l, upperArgs{"a"}) })
	requireDidNotRun(t, v.(error), loop.ErrClosed)
}

func TestBridgeGo(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), newUpper()
	got, err := b.Go(context.Background(), l, upperArgs{"a"}).Await(context.Background())
	require.NoError(t, err)
	require.Equal(t, "A", got)
	got, err = b.Go(context.Background(), l, upperArgs{}).Await(context.Background())
	require.Same(t, errHandler, err)
	require.Equal(t, "empty", got)
	_, err = b.Go(context.Background(), nil, upperArgs{}).Await(context.Background())
	requireDidNotRun(t, err, loop.ErrNoLoop)
}

func TestBridgeSpawnReportsErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var told []error
		l := newLoop(t, loop.WithErrorHandler(func(err *loop.Error) { told = append(told, err) }))
		b := newUpper()
		require.NoError(t, b.Spawn(context.Background(), l, upperArgs{"a"}))
		require.NoError(t, b.Spawn(context.Background(), l, upperArgs{}))
		b.SpawnSame(context.Background(), l, upperArgs{})
		synctest.Wait()
		require.Len(t, told, 2)
		for _, err := range told {
			require.ErrorIs(t, err, errHandler)
			require.Equal(t, errHandler.Error(), err.Error())
		}
		require.EqualValues(t, 2, l.Stats().SpawnErrors)
		requireDidNotRun(t, b.Spawn(context.Background(), nil, upperArgs{}), loop.ErrNoLoop)
	})
}

// A frame goes back to the pool of its bridge: the next call finds nothing in it.
func TestBridgeKeepsCallsApart(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	b := newBridge(called{Name: "test.Sometimes"}, func(_ context.Context, in int) (*int, error) {
		switch in % 3 {
		case 0:
			return &in, nil
		case 1:
			return nil, errHandler
		}
		panic("boom")
	})
	for i := range 300 {
		var out *int
		var err error
		v := caught(func() { out, err = b.call(context.Background(), l, i) })
		require.Equal(t, i%3 == 0, out != nil)
		require.Equal(t, i%3 == 1, err != nil)
		require.Equal(t, i%3 == 2, v != nil)
	}
}

// box is a generic handler and boxCall its request, written as the generator does.
func box[T any](v T) T { return v }

type boxCall[T any] struct{ v, r0 T }

func (c *boxCall[T]) Run(context.Context) error {
	c.r0 = box(c.v)
	return nil
}
func (*boxCall[T]) Handler() any { return (func(T) T)(box[T]) }
func (c *boxCall[T]) Result() T  { return c.r0 }

func TestInstancesGiveEachInstantiationItsBridge(t *testing.T) {
	t.Parallel()
	set := &loopimpl.Instances{Name: "test.Box", NonReentrant: true}
	ints, words := loopimpl.Instance[boxCall[int]](set), loopimpl.Instance[boxCall[string]](set)
	require.Same(t, ints, loopimpl.Instance[boxCall[int]](set))
	require.Equal(t, "test.Box", words.Name)
	require.True(t, words.NonReentrant)
	require.False(t, words.Abandon)
	l := newLoop(t)
	n, err := loopimpl.Call(context.Background(), l, ints, boxCall[int]{v: 3})
	require.NoError(t, err)
	require.Equal(t, 3, n.r0)
	s, err := loopimpl.Call(context.Background(), l, words, boxCall[string]{v: "x"})
	require.NoError(t, err)
	require.Equal(t, "x", s.r0)
	_, err = loopimpl.Call(context.Background(), nil, ints, boxCall[int]{})
	require.Regexp(t, `^bridge_test\.go:\d+$`, requireDidNotRun(t, err, loop.ErrNoLoop).Position)
}

// A pool may hold requests of several types, if a bridge is used for them.
func TestBridgeOfSeveralTypes(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), &loopimpl.Bridge{Name: "test.Box"}
	for i := range 100 {
		n, err := loopimpl.Call(t.Context(), l, b, boxCall[int]{v: i})
		require.NoError(t, err)
		require.Equal(t, i, n.r0)
		s := loopimpl.Must(t.Context(), l, b, boxCall[string]{v: "x"})
		require.Equal(t, "x", s.r0)
		require.NoError(t, loopimpl.Do(t.Context(), l, b, boxCall[bool]{v: true}))
	}
}

func TestBridgeMust(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), &loopimpl.Bridge{Name: "test.Box"}
	require.NoError(t, l.Close())
	v := caught(func() { loopimpl.Must(t.Context(), l, b, boxCall[int]{}) })
	requireDidNotRun(t, v.(error), loop.ErrClosed)
	require.ErrorIs(t, loopimpl.Do(t.Context(), l, b, boxCall[int]{}), loop.ErrClosed)
}

func TestBridgeFutures(t *testing.T) {
	t.Parallel()
	l, b := newLoop(t), &loopimpl.Bridge{Name: "test.Box"}
	n, err := loopimpl.Async(t.Context(), l, b, &boxCall[int]{v: 3}).Await(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, n)
	_, err = loopimpl.Start(t.Context(), l, b, &boxCall[int]{v: 3}).Await(t.Context())
	require.NoError(t, err)
	_, err = loopimpl.Start(t.Context(), nil, b, &boxCall[int]{}).Await(t.Context())
	requireDidNotRun(t, err, loop.ErrNoLoop)
}

func TestBridgeDefaultLoop(t *testing.T) {
	t.Parallel()
	require.Same(t, loop.Default(), loop.Default())
	require.Equal(t, "default", loop.Default().Name())
	got, err := newUpper().Call(context.Background(), loop.Default(), upperArgs{"a"})
	require.NoError(t, err)
	require.Equal(t, "A", got)
	require.True(t, loopimpl.SupportsCodegenV2)
}

// What the last call has left behind is not the result of one that did not run, and
// is not kept alive by the pool.
func TestBridgeRefusedCallHasNoResult(t *testing.T) {
	t.Parallel()
	l, closed, b := newLoop(t), newLoop(t), newUpper()
	require.NoError(t, closed.Close())
	for range 50 {
		_, err := b.Call(context.Background(), l, upperArgs{"a"})
		require.NoError(t, err)
		got, err := b.Call(context.Background(), closed, upperArgs{"a"})
		requireDidNotRun(t, err, loop.ErrClosed)
		require.Empty(t, got)
	}
}
