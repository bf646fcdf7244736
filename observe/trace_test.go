package observe_test

import (
	"bytes"
	"context"
	"runtime/trace"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe"
)

// taken returns the trace of what f does. Not for parallel tests: there is one tracer.
func taken(t *testing.T, f func()) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, trace.Start(&b))
	f()
	trace.Stop()
	return b.String()
}

func TestTraceHasTasksAndRegions(t *testing.T) {
	for name, opts := range map[string][]loop.Option{"default": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()}} {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, observe.Trace(), opts...)
			got := taken(t, func() {
				err := call(t.Context(), l, &handler{Name: "shop.Traced"}, func(ctx context.Context) error {
					return loop.Sleep(ctx, 0)
				})
				require.NoError(t, err)
				require.Panics(t, func() {
					_ = call(t.Context(), l, &handler{Name: "shop.Bang"}, func(context.Context) error { panic("no") })
				})
				require.NoError(t, l.Shutdown(context.Background()))
				require.Error(t, call(t.Context(), l, &handler{Name: "shop.Late"}, nothing))
			})
			for _, want := range []string{
				"queued shop.Traced", "queued shop.Bang", "queued shop.Late", "await",
				"shop", "outcome", "returned", "panicked", "refused",
			} {
				require.Contains(t, got, want)
			}
		})
	}
}

func TestTraceOfACallThatWasUnderWay(t *testing.T) {
	l := newLoop(t, observe.Trace())
	got := ""
	err := call(t.Context(), l, &handler{Name: "shop.Early"}, func(ctx context.Context) error {
		got = taken(t, func() { require.NoError(t, loop.Sleep(ctx, 0)) })
		return nil
	})
	require.NoError(t, err)
	require.NotContains(t, got, "shop.Early")

	require.NoError(t, trace.Start(new(bytes.Buffer)))
	require.NoError(t, call(t.Context(), l, &handler{Name: "shop.Longer"}, func(context.Context) error {
		trace.Stop()
		return nil
	}))
}

func TestTraceOfAnAbandonedCall(t *testing.T) {
	l := newLoop(t, observe.Trace())
	got := taken(t, func() {
		ctx, cancel := context.WithCancel(t.Context())
		free := make(chan struct{})
		err := call(ctx, l, &handler{Name: "shop.Left", Abandon: true}, func(context.Context) error {
			cancel()
			<-free
			return nil
		})
		require.ErrorIs(t, err, loop.ErrAbandoned)
		close(free)
		require.NoError(t, l.Shutdown(context.Background()))
	})
	require.Contains(t, got, "abandoned")
	require.Contains(t, got, "returned")
}
