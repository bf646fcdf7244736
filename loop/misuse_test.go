package loop_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A nil context is a mistake of the caller. The panic names the handler, and the loop goes on.
func TestNilContextPanicsWithTheHandlersName(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		b, in := newUpper(), upperArgs{"a"}
		numbers := &loopimpl.Bridge{Name: "test.Numbers"}
		from := source[int]{func(context.Context) iter.Seq[int] { return func(func(int) bool) {} }}
		var none context.Context
		for name, call := range map[string]func(){
			"Call":          func() { _, _ = b.Call(none, l, in) },
			"CallSame":      func() { _, _ = b.CallSame(none, l, in) },
			"InPlace":       func() { _, _ = b.InPlace(none, l, in) },
			"InPlaceSame":   func() { _ = b.InPlaceSame(none, l, in) },
			"Go":            func() { _ = b.Go(none, l, in) },
			"Spawn":         func() { _ = b.Spawn(none, l, in) },
			"SpawnSame":     func() { b.SpawnSame(none, l, in) },
			"no loop":       func() { _, _ = b.Call(none, nil, in) },
			"Stream":        func() { numbers2(loopimpl.StreamSame(none, l, numbers, from)) },
			"StreamInPlace": func() { numbers2(loopimpl.StreamInPlace(none, l, numbers, from)) },
		} {
			v := caught(call)
			require.Contains(t, v, "loop: nil context in a call of ", name)
			require.Regexp(t, `test\.(Upper|Numbers) \([a-z_]+\.go:\d+\)`, v, name)
		}
		require.Contains(t, caught(func() { _, _ = loop.Call(none, l, value(1)) }), "loop: nil context in a call of ")
		require.Contains(t, caught(func() { _ = l.Spawn(none, func(context.Context) error { return nil }) }), "TestNilContextPanicsWithTheHandlersName")
		require.Contains(t, caught(func() { _ = loop.Async(none, l, value(1)) }), "loop: nil context in a call of ")
		for name, call := range map[string]func(){
			"Await":    func() { _, _ = loop.AwaitValue(none, value(1)) },
			"Sleep":    func() { _ = loop.Sleep(none, time.Second) },
			"Current":  func() { _ = loop.Current(none) },
			"Shutdown": func() { _ = newLoop(t).Shutdown(none) },
			"NewMain":  func() { _, run := loop.NewMain(); _ = run(none) },
		} {
			require.Equal(t, "loop: nil context", caught(call), name)
		}
		requireAlive(t, l)
	})
}

// A nil function is a mistake of the caller too, and found there. On the loop it would end the process.
func TestNilFunctionPanicsInTheCaller(t *testing.T) {
	t.Parallel()
	ctx, l := t.Context(), newLoop(t)
	for name, call := range map[string]func(){
		"Do":         func() { _ = l.Do(ctx, nil) },
		"Spawn":      func() { _ = l.Spawn(ctx, nil) },
		"Call":       func() { _, _ = loop.Call[int](ctx, l, nil) },
		"Async":      func() { _ = loop.Async[int](ctx, l, nil) },
		"Await":      func() { _ = loop.Await(ctx, nil) },
		"AwaitValue": func() { _, _ = loop.AwaitValue[int](ctx, nil) },
		"AfterFunc":  func() { l.AfterFunc(time.Second, nil) },
		"Every":      func() { l.Every(time.Second, nil) },
	} {
		require.PanicsWithValue(t, "loop: nil function in a call of "+name, call)
	}
	requireAlive(t, l)
}

// numbers2 ranges over a sequence.
func numbers2(seq iter.Seq[int]) {
	for range seq {
	}
}

// A nil future is found before anything is registered with the others.
func TestAllAndFirstOfANilFuture(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		f := loop.Async(context.Background(), l, value(1))
		require.Equal(t, "loop: All of a nil future (number 2 of 2)", caught(func() { _, _ = loop.All(t.Context(), f, nil) }))
		require.Equal(t, "loop: First of a nil future (number 1 of 2)", caught(func() { _, _ = loop.First(t.Context(), nil, f) }))
		require.Zero(t, loop.Waiters(f))
		release()
		got, err := f.Await(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

// A yield that a producer has kept panics when it is called after the end of the stream, as
// that of a loop over a function does.
func TestStreamYieldAfterTheEnd(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for name, rangeOver := range map[string]func(ctx context.Context, produce func(context.Context, func(int) bool)){
			"to the end":   func(ctx context.Context, p func(context.Context, func(int) bool)) { numbers2(stream(ctx, l, 1, p)) },
			"with a break": func(ctx context.Context, p func(context.Context, func(int) bool)) { first(stream(ctx, l, 1, p)) },
			"large chunks": func(ctx context.Context, p func(context.Context, func(int) bool)) { numbers2(stream(ctx, l, 64, p)) },
			"by a handler": func(ctx context.Context, p func(context.Context, func(int) bool)) {
				_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { numbers2(stream(ctx, l, 1, p)); return 0, nil })
				require.NoError(t, err)
			},
			"by a handler that breaks": func(ctx context.Context, p func(context.Context, func(int) bool)) {
				_, err := loop.Call(ctx, l, func(ctx context.Context) (int, error) { first(stream(ctx, l, 1, p)); return 0, nil })
				require.NoError(t, err)
			},
		} {
			var kept func(int) bool
			rangeOver(context.Background(), func(ctx context.Context, yield func(int) bool) {
				kept = yield
				count(3)(ctx, yield)
			})
			require.Contains(t, caught(func() { kept(1) }), "called yield after the end of its stream", name)
			requireAlive(t, l)
		}
	})
}

// first takes one element.
func first(seq iter.Seq[int]) {
	for range seq {
		break
	}
}

// Each of these has one option that would have no effect.
func TestMisuseOfOptionsThatExcludeEachOther(t *testing.T) {
	t.Parallel()
	post := func(f func()) { f() }
	for want, f := range map[string]func(){
		"WithInline and WithThread": func() { loop.New(loop.WithInline(), loop.WithName("x"), loop.WithThread()) },
		"WithThread and WithInline": func() { loop.NewSharded(2, loop.WithThread(), loop.WithInline()) },
		"WithThread and NewMain":    func() { _, _ = loop.NewMain(loop.WithThread()) },
		"WithInline and NewMain":    func() { _, _ = loop.NewMain(loop.WithInline()) },
		"WithThread and Adapt":      func() { loop.Adapt(post, loop.WithThread()) },
		"WithInline and Adapt":      func() { loop.Adapt(post, loop.WithInline()) },
	} {
		require.PanicsWithValue(t, "loop: "+want+" exclude each other: each decides who runs the handlers", f)
	}
	require.PanicsWithValue(t, "loop: nil option", func() { loop.New(nil) })
	require.PanicsWithValue(t, "loop: nil option", func() { loop.NewSharded(1, nil) })
	newLoop(t, loop.WithInline(), loop.WithInline())
}
