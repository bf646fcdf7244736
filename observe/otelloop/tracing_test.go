package otelloop_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/observe/otelloop"
)

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

// busy keeps l busy for a second.
func busy(t *testing.T, l *loop.Loop) {
	t.Helper()
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { time.Sleep(time.Second); return nil }))
	synctest.Wait()
}

func length(s sdktrace.ReadOnlySpan) time.Duration { return s.EndTime().Sub(s.StartTime()) }

func TestSpansOfACall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRecording(t)
		l := newLoop(t, "bank", r.observer())
		busy(t, l)
		ctx, sent := r.Tracer("test").Start(context.Background(), "request")
		require.NoError(t, call(ctx, l, &handler{Name: "bank.Pay"}, func(ctx context.Context) error {
			_, own := r.Tracer("test").Start(ctx, "own")
			own.End()
			time.Sleep(time.Second)
			return loop.Sleep(ctx, 3*time.Second)
		}))
		sent.End()
		root, queue, run := r.named(t, "request"), r.named(t, "queue bank.Pay"), r.named(t, "bank.Pay")
		requireChild(t, queue, root)
		requireChild(t, run, root)
		requireChild(t, r.named(t, "own"), run)
		require.Equal(t, time.Second, length(queue))
		require.Equal(t, 4*time.Second, length(run))
		require.Equal(t, queue.EndTime(), run.StartTime())
		for _, s := range []sdktrace.ReadOnlySpan{queue, run} {
			require.Equal(t, "bank", attributeOf(s, otelloop.KeyLoop))
			require.Equal(t, "bank.Pay", attributeOf(s, otelloop.KeyHandler))
			require.Equal(t, "call", attributeOf(s, otelloop.KeyMode))
			require.Equal(t, codes.Unset, s.Status().Code)
		}
		require.Equal(t, "returned", attributeOf(run, otelloop.KeyOutcome))
		require.Len(t, run.Events(), 2)
		require.Equal(t, "await", run.Events()[0].Name)
		require.Equal(t, "resume", run.Events()[1].Name)
		require.Equal(t, 3*time.Second, run.Events()[1].Time.Sub(run.Events()[0].Time))
	})
}

// A call without a span, as of a timer, is a trace and not two.
func TestSpansWithoutACallers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRecording(t)
		l := newLoop(t, "bank", r.observer())
		require.NoError(t, call(context.Background(), l, &handler{Name: "bank.Pay"}, nothing))
		require.NoError(t, (&handler{Name: "bank.Mail"}).Spawn(context.Background(), l, &request{nothing}))
		require.NoError(t, l.Shutdown(context.Background()))
		for _, name := range []string{"bank.Pay", "bank.Mail"} {
			queue := r.named(t, "queue "+name)
			require.False(t, queue.Parent().IsValid())
			requireChild(t, r.named(t, name), queue)
		}
	})
}

func TestSpansOfASpawnedTask(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRecording(t)
		l := newLoop(t, "bank", r.observer())
		ctx, sent := r.Tracer("test").Start(context.Background(), "request")
		require.NoError(t, (&handler{Name: "bank.Mail"}).Spawn(ctx, l, &request{nothing}))
		sent.End()
		require.NoError(t, l.Shutdown(context.Background()))
		root, run := r.named(t, "request"), r.named(t, "bank.Mail")
		requireChild(t, r.named(t, "queue bank.Mail"), root)
		require.False(t, run.Parent().IsValid())
		require.NotEqual(t, root.SpanContext().TraceID(), run.SpanContext().TraceID())
		require.Len(t, run.Links(), 1)
		require.Equal(t, root.SpanContext(), run.Links()[0].SpanContext)
	})
}

func TestSpansOfAFutureAndASelfCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRecording(t)
		l := newLoop(t, "bank", r.observer())
		ctx, sent := r.Tracer("test").Start(context.Background(), "request")
		inner := &handler{Name: "bank.Inner"}
		f := loopimpl.Start(ctx, l, &handler{Name: "bank.Outer"}, &request{func(ctx context.Context) error { return call(ctx, l, inner, nothing) }})
		_, err := f.Await(ctx)
		require.NoError(t, err)
		sent.End()
		requireChild(t, r.named(t, "bank.Outer"), r.named(t, "request"))
		requireChild(t, r.named(t, "bank.Inner"), r.named(t, "bank.Outer"))
		require.Equal(t, "self", attributeOf(r.named(t, "bank.Inner"), otelloop.KeyMode))
		require.Len(t, r.spans.Ended(), 4, "a call of the own loop does not queue")
	})
}

// What goes from loop to loop is one trace, whatever runs the handlers.
func TestCallsAcrossLoopsFormOneTrace(t *testing.T) {
	t.Parallel()
	r := newRecording(t)
	shop := newLoop(t, "shop", r.observer())
	bank := newLoop(t, "bank", r.observer(), loop.WithInline())
	vault := newLoop(t, "vault", r.observer(), loop.WithThread())
	order, pay, take := &handler{Name: "shop.Order"}, &handler{Name: "bank.Pay"}, &handler{Name: "vault.Take"}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				ctx, sent := r.Tracer("test").Start(context.Background(), "request")
				err := call(ctx, shop, order, func(ctx context.Context) error {
					return call(ctx, bank, pay, func(ctx context.Context) error { return call(ctx, vault, take, nothing) })
				})
				sent.End()
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	names := make(map[trace.TraceID]map[string]trace.SpanID)
	parents := make(map[trace.SpanID]trace.SpanID)
	for _, s := range r.spans.Ended() {
		id := s.SpanContext()
		if names[id.TraceID()] == nil {
			names[id.TraceID()] = make(map[string]trace.SpanID)
		}
		names[id.TraceID()][s.Name()] = id.SpanID()
		parents[id.SpanID()] = s.Parent().SpanID()
	}
	require.Len(t, names, 160)
	for _, n := range names {
		require.Len(t, n, 7)
		for child, parent := range map[string]string{
			"queue shop.Order": "request", "shop.Order": "request",
			"queue bank.Pay": "shop.Order", "bank.Pay": "shop.Order",
			"queue vault.Take": "bank.Pay", "vault.Take": "bank.Pay",
		} {
			require.Equal(t, n[parent], parents[n[child]], child)
		}
	}
}

func TestStatusOfSpans(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRecording(t)
		l := newLoop(t, "bank", r.observer(), loop.WithQueueSize(1), loop.WithOverflow(loop.OverflowReject))
		ctx := context.Background()
		require.Panics(t, func() {
			_ = call(ctx, l, &handler{Name: "panicked"}, func(context.Context) error { panic(errors.New("bang")) })
		})
		exited := make(chan struct{})
		go func() {
			defer close(exited)
			_ = call(ctx, l, &handler{Name: "exited"}, func(context.Context) error { runtime.Goexit(); return nil })
		}()
		<-exited
		require.NoError(t, call(ctx, l, &handler{Name: "returned"}, nothing))
		busy(t, l)
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		require.ErrorIs(t, call(short, l, &handler{Name: "canceled"}, nothing), loop.ErrCanceled)
		require.NoError(t, (&handler{Name: "dropped"}).Spawn(ctx, l, &request{nothing}))
		require.ErrorIs(t, call(ctx, l, &handler{Name: "refused"}, nothing), loop.ErrFull)
		require.NoError(t, l.Close())
		<-l.Done()

		for name, want := range map[string]codes.Code{
			"panicked": codes.Error, "exited": codes.Error, "returned": codes.Unset,
			"queue canceled": codes.Unset, "queue dropped": codes.Error, "queue refused": codes.Error,
		} {
			s := r.named(t, name)
			require.Equal(t, want, s.Status().Code, name)
			require.Contains(t, name, attributeOf(s, otelloop.KeyOutcome))
		}
		require.Equal(t, "panic: bang", r.named(t, "panicked").Status().Description)
		require.Equal(t, "exception", r.named(t, "panicked").Events()[0].Name)
		require.Contains(t, r.named(t, "queue refused").Status().Description, "queue is full")
		require.Equal(t, time.Millisecond, length(r.named(t, "queue canceled")))
	})
}

func TestSpanOfAnAbandonedCallEndsWithItsHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRecording(t)
		l := newLoop(t, "bank", r.observer())
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := call(ctx, l, &handler{Name: "bank.Slow", Abandon: true}, func(context.Context) error { time.Sleep(time.Minute); return nil })
		require.ErrorIs(t, err, loop.ErrAbandoned)
		require.NoError(t, l.Shutdown(context.Background()))
		run := r.named(t, "bank.Slow")
		require.Equal(t, time.Minute, length(run))
		require.Equal(t, "true", attributeOf(run, otelloop.KeyAbandoned))
	})
}

// Nothing is sampled, and the handler's context has the caller's decision all the same.
func TestUnsampledSpans(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
		l := newLoop(t, "bank", otelloop.Tracing(p))
		require.NoError(t, call(context.Background(), l, &handler{Name: "bank.Pay"}, func(ctx context.Context) error {
			require.True(t, trace.SpanContextFromContext(ctx).IsValid())
			require.False(t, trace.SpanContextFromContext(ctx).IsSampled())
			return loop.Sleep(ctx, 0)
		}))
	})
}
