package loop

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
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

func TestIdentityOfAHandlersGoroutine(t *testing.T) {
	t.Parallel()
	require.False(t, onHandlerStack())
	for _, opts := range [][]Option{nil, {WithInline()}, {WithThread()}} {
		inHandlers(t, newLoops(t, 1, opts...), keepContext, func(context.Context) {
			for _, depth := range []int{0, 10, 15, 16, 17, 100, 127, 128, 129, 1000} {
				deep(depth, func() {
					require.True(t, onHandlerStack(), "below %d frames", depth)
					require.Equal(t, 1, handlersOnStack(), "below %d frames", depth)
				})
			}
			other := make(chan bool)
			go func() { other <- onHandlerStack() }()
			require.False(t, <-other, "a goroutine that the handler has started")
		})
	}
	require.False(t, onHandlerStack(), "the handler has ended")
}

// Handlers of inline loops stand on one stack, those of others do not.
func TestIdentityCountsHandlersOnTheStack(t *testing.T) {
	t.Parallel()
	inHandlers(t, newLoops(t, 3, WithInline()), keepContext, func(context.Context) { require.Equal(t, 3, handlersOnStack()) })
	inHandlers(t, newLoops(t, 3), keepContext, func(context.Context) { require.Equal(t, 1, handlersOnStack()) })
}

// The function that a hosted handler awaits runs on another goroutine and counts as the
// handler where it waits, but does not hold the role.
func TestIdentityOfAnAwaitedFunction(t *testing.T) {
	t.Parallel()
	inHandlers(t, newLoops(t, 1, WithThread()), keepContext, func(ctx context.Context) {
		_, _ = Await(ctx, func(context.Context) (int, error) {
			require.False(t, onHandlerStack())
			require.Equal(t, 1, handlersOnStack())
			return 0, nil
		})
	})
}

// The traceback names the tasks that the contexts name, in the same order.
func TestIdentityFromTheTraceback(t *testing.T) {
	t.Parallel()
	require.Empty(t, enclosing())
	for _, opts := range [][]Option{nil, {WithInline()}, {WithThread()}} {
		inHandlers(t, newLoops(t, 3, opts...), keepContext, func(ctx context.Context) {
			var want []string
			c := ctx.Value(&contextKey).(*handlerContext)
			for range handlersOnStack() {
				want = append(want, address(c.root))
				c = c.up
			}
			require.Equal(t, want, enclosing())
		})
	}
}

// A traceback shows the 50 innermost and the 50 outermost frames of a stack and leaves
// out what is between. The handlers of a loop's own goroutine are at its bottom, however
// deep it is; one of an inline loop may be missed, but none is mistaken for another.
func TestIdentityFromALongTraceback(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{10, 30, 60, 200, 2000} {
		want, got := traced(t, depth)
		require.Equal(t, want, got, "%d frames around and within", depth)
		want, got = traced(t, depth, WithInline())
		if depth <= 30 {
			require.Equal(t, want, got, "inline, %d frames around and within", depth)
		}
		require.Subset(t, want, got, "inline, %d frames around and within", depth)
	}
}

// traced returns the address of the task of a handler, as it is and as the traceback
// tells it, with depth frames around the call and again within the handler.
func traced(t *testing.T, depth int, opts ...Option) (want, got []string) {
	t.Helper()
	deep(depth, func() {
		inHandlers(t, newLoops(t, 1, opts...), cutContext, func(ctx context.Context) {
			want = []string{address(ctx.Value(&contextKey).(*handlerContext).root)}
			deep(depth, func() { got = enclosing() })
		})
	})
	return want, got
}

func TestIdentityOfWhatIsNoFunction(t *testing.T) {
	t.Parallel()
	var none func()
	for _, fn := range []any{nil, 7, none} {
		require.Empty(t, funcName(fn))
		require.Empty(t, funcPosition(fn))
	}
	require.Equal(t, "h", atPosition("h", ""))
	require.Equal(t, "h (f.go:1)", atPosition("h", "f.go:1"))
	require.Regexp(t, `^identity_test\.go:\d+$`, funcPosition(deep))
	require.Equal(t, "loop.deep", funcName(deep))
}
