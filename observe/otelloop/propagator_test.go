package otelloop_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe/otelloop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

type empty struct{}

func TestSpanContextTravels(t *testing.T) {
	t.Parallel()
	var got trace.SpanContext
	m := remoteimpl.Method[empty, empty]{Service: "s", Name: "M"}
	l := loop.New()
	defer func() { require.NoError(t, l.Close()) }()
	run := func(ctx context.Context, _ empty) (empty, error) {
		got = trace.SpanContextFromContext(ctx)
		return empty{}, nil
	}
	engine := remotetest.New()
	option := remote.WithPropagator(otelloop.Propagator(propagation.TraceContext{}))
	worker := remote.NewWorker(engine, option)
	require.NoError(t, remoteimpl.Register(worker, m.On(func(empty) *loop.Loop { return l }, run, run)))
	require.NoError(t, worker.Start(t.Context()))
	defer func() { require.NoError(t, worker.Close()) }()

	sent := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{4, 5}, TraceFlags: trace.FlagsSampled,
	})
	_, err := m.Call(trace.ContextWithSpanContext(t.Context(), sent), remote.NewClient(engine, option), empty{})
	require.NoError(t, err)
	require.True(t, got.IsRemote())
	require.Equal(t, sent.TraceID(), got.TraceID())
	require.Equal(t, sent.SpanID(), got.SpanID())
}
