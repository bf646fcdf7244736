package loop

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/internal/door"
	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// inHandlers runs fn in a handler of the last of the loops, which a handler of the
// one before has called, and so on. link makes the contexts of the calls.
func inHandlers(t *testing.T, loops []*Loop, link func(context.Context) context.Context, fn func(context.Context)) {
	t.Helper()
	var call func(ctx context.Context, i int) (int, error)
	call = func(ctx context.Context, i int) (int, error) {
		if i == len(loops) {
			fn(ctx)
			return 0, nil
		}
		return Call(link(ctx), loops[i], func(ctx context.Context) (int, error) { return call(ctx, i+1) })
	}
	_, err := call(context.Background(), 0)
	require.NoError(t, err)
}

// newLoops returns n loops that end with the test.
func newLoops(t *testing.T, n int, opts ...Option) []*Loop {
	t.Helper()
	loops := make([]*Loop, n)
	for i := range loops {
		loops[i] = New(opts...)
		t.Cleanup(func() { _ = loops[i].Close() })
	}
	return loops
}

func keepContext(ctx context.Context) context.Context { return ctx }
func cutContext(context.Context) context.Context      { return context.Background() }

// deep calls fn with n frames in between.
//
//go:noinline
func deep(n int, fn func()) {
	if n > 0 {
		deep(n-1, fn)
		return
	}
	fn()
}

// held returns the tasks of the loops whose role the calling goroutine has.
func held() (tasks []*task) {
	me := goroutine.Current()
	for _, t := range appendHeld(nil, me) {
		if t.loop.role.heldBy(me) {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// The goroutine that runs a handler is known at any depth of its stack, and no other is
// taken for it.
func TestIdentityOfAHandlersGoroutine(t *testing.T) {
	t.Parallel()
	require.Empty(t, held())
	for _, opts := range [][]Option{nil, {WithInline()}, {WithThread()}} {
		loops := newLoops(t, 1, opts...)
		inHandlers(t, loops, cutContext, func(context.Context) {
			for _, depth := range []int{0, 10, 100, 1000, 10_000} {
				deep(depth, func() {
					require.True(t, loops[0].role.heldBy(goroutine.Current()), "below %d frames", depth)
					require.Len(t, held(), 1, "below %d frames", depth)
				})
			}
			other := make(chan []*task)
			go func() { other <- held() }()
			require.Empty(t, <-other, "a goroutine that the handler has started")
			next, stop := iter.Pull(func(yield func([]*task) bool) { yield(held()) })
			defer stop()
			pulled, _ := next()
			require.Empty(t, pulled, "a coroutine")
		})
		require.False(t, loops[0].role.heldBy(goroutine.Current()), "the handler has ended")
	}
}

// Handlers of inline loops run on one goroutine, those of others do not. The contexts show
// the same, from the inside out.
func TestIdentityCountsHandlersOfTheGoroutine(t *testing.T) {
	t.Parallel()
	inline, others := newLoops(t, 3, WithInline()), newLoops(t, 3)
	inHandlers(t, inline, keepContext, func(ctx context.Context) {
		shown := appendHandlers(nil, ctx, goroutine.Current())
		require.Len(t, shown, 3)
		require.ElementsMatch(t, held(), shown)
		require.Same(t, inline[2], shown[0].loop)
		require.Same(t, inline[0], shown[2].loop)
	})
	inHandlers(t, inline, cutContext, func(ctx context.Context) {
		require.Len(t, appendHandlers(nil, ctx, goroutine.Current()), 1)
		require.Len(t, held(), 3)
	})
	inHandlers(t, others, keepContext, func(ctx context.Context) {
		require.Len(t, appendHandlers(nil, ctx, goroutine.Current()), 1)
		require.Len(t, held(), 1)
	})
}

// The function that a handler awaits runs without the role. It counts as the handler where
// it waits, on whatever goroutine it runs.
func TestIdentityOfAnAwaitedFunction(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]Option{nil, {WithInline()}, {WithThread()}} {
		inHandlers(t, newLoops(t, 1, opts...), keepContext, func(ctx context.Context) {
			_ = Await(ctx, func(ctx context.Context) error {
				require.Empty(t, held())
				require.Len(t, appendHandlers(nil, ctx, goroutine.Current()), 1)
				require.Len(t, appendHeld(nil, goroutine.Current()), 1)
				return nil
			})
			require.Len(t, held(), 1)
		})
	}
}

// A worker is found while it lives, and refers to its loop only while it has the role.
func TestIdentityOfWorkers(t *testing.T) {
	t.Parallel()
	require.Nil(t, workers.find(goroutine.Current()))
	for _, opts := range [][]Option{nil, {WithThread()}} {
		loops := newLoops(t, 1, opts...)
		inHandlers(t, loops, cutContext, func(ctx context.Context) {
			me := goroutine.Current()
			require.Same(t, loops[0].current, workers.task(me))
			require.Equal(t, goroutine.Describe().Number, workers.find(me).number)
			_ = Await(ctx, func(context.Context) error {
				require.Nil(t, workers.task(me))
				return nil
			})
			require.Same(t, loops[0].current, workers.task(me))
		})
	}
}

func TestIdentityOfWhatIsNoFunction(t *testing.T) {
	t.Parallel()
	var none func()
	for _, fn := range []any{nil, 7, none} {
		require.Empty(t, door.FuncName(fn))
		require.Empty(t, door.FuncPosition(fn))
	}
	require.Equal(t, "h", atPosition("h", ""))
	require.Equal(t, "h (f.go:1)", atPosition("h", "f.go:1"))
	require.Regexp(t, `^identity_test\.go:\d+$`, door.FuncPosition(deep))
	require.Equal(t, "loop.deep", door.FuncName(deep))
}
