package otelloop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/observe/otelloop"
)

// A request is a call of a handler that runs a function of the test, as generated
// code declares it.
type request struct {
	run func(context.Context) error
}

func (r *request) Run(ctx context.Context) error { return r.run(ctx) }
func (*request) Handler() any                    { return (*request).Run }

type handler = loopimpl.Bridge

func nothing(context.Context) error { return nil }

func call(ctx context.Context, l *loop.Loop, h *handler, run func(context.Context) error) error {
	return loopimpl.Do(ctx, l, h, request{run})
}

func newLoop(t testing.TB, name string, o loop.Observer, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(append(opts, loop.WithName(name), loop.WithObserver(o))...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

// A recording is a real SDK that keeps its spans.
type recording struct {
	*sdktrace.TracerProvider
	spans *tracetest.SpanRecorder
}

func newRecording(t testing.TB) recording {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r))
	t.Cleanup(func() { require.NoError(t, p.Shutdown(context.Background())) })
	return recording{p, r}
}

func (r recording) observer() loop.Observer { return otelloop.Tracing(r) }

// named returns the only span with that name.
func (r recording) named(t testing.TB, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	var found []sdktrace.ReadOnlySpan
	for _, s := range r.spans.Ended() {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	require.Len(t, found, 1, name)
	return found[0]
}

func requireChild(t testing.TB, child, parent sdktrace.ReadOnlySpan) {
	t.Helper()
	require.Equal(t, parent.SpanContext().TraceID(), child.SpanContext().TraceID())
	require.Equal(t, parent.SpanContext().SpanID(), child.Parent().SpanID())
}

func attributeOf(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, a := range s.Attributes() {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}
