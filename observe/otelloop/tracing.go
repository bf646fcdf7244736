package otelloop

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/asyncgen/asyncgen/loop"
)

// Tracing returns an observer that makes two spans of each task with a tracer of p, or
// of the global provider if p is nil:
//
//   - "queue HANDLER", from the submission until the handler starts or the task is
//     refused, dropped or withdrawn;
//   - HANDLER, while the handler runs. It is in the handler's context, so that spans
//     made in the handler are its children, on other loops too. It has an event "await"
//     whenever the handler gives up the loop role and "resume" when it has it back.
//
// Both are children of the span in the caller's context, the one after the other. If
// there is none, the queue span is the root and the other its child. There are two
// exceptions. Nobody waits for a spawned task, which may run long after its caller's
// span has ended; so its run span begins a trace of its own that is linked to the
// caller's, as OpenTelemetry advises for messages, and only the queue span is in the
// caller's. And a call that a handler makes of its own loop does not queue, so it has no
// queue span.
//
// The status of a span is an error if the handler panicked or exited, or the task was
// refused or dropped. A handler's own error is not known to an observer; let the handler
// record it in the span of its context.
func Tracing(p trace.TracerProvider) loop.Observer {
	if p == nil {
		p = otel.GetTracerProvider()
	}
	return &tracing{p.Tracer(scope)}
}

type tracing struct{ tracer trace.Tracer }

// Observe makes the spans. Nothing happens when a task is submitted, because everything
// is known when it leaves the queue.
func (t *tracing) Observe(ctx context.Context, e loop.Event) context.Context {
	switch e.Step {
	case loop.StepStarted:
		return t.start(ctx, e)
	case loop.StepAwaiting:
		addEvent(e, "await")
	case loop.StepResumed:
		addEvent(e, "resume")
	case loop.StepSettled, loop.StepEnded:
		t.end(ctx, e)
	}
	return ctx
}

// start ends the time in the queue and begins the run span.
func (t *tracing) start(ctx context.Context, e loop.Event) context.Context {
	caller := trace.SpanContextFromContext(ctx)
	options := []trace.SpanStartOption{trace.WithTimestamp(e.Time()), about(&e)}
	queue := trace.SpanContext{}
	if e.Mode != loop.ModeSelf {
		queue = t.queued(ctx, e, nil)
	}
	under := ctx
	switch {
	case !caller.IsValid():
		under = trace.ContextWithSpanContext(ctx, queue)
	case e.Mode == loop.ModeSpawn:
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: caller}))
	}
	ctx, run := t.tracer.Start(under, e.Handler(), options...)
	*e.Data = run
	return ctx
}

// queued makes the span of the time in the queue, which is over. fail says what it ended
// with, if that was not the start of the handler.
func (t *tracing) queued(ctx context.Context, e loop.Event, fail func(trace.Span)) trace.SpanContext {
	since := trace.WithTimestamp(e.Time().Add(-e.Queued))
	_, span := t.tracer.Start(ctx, "queue "+e.Handler(), since, about(&e))
	if fail != nil {
		fail(span)
	}
	span.End(trace.WithTimestamp(e.Time()))
	return span.SpanContext()
}

func about(e *loop.Event) trace.SpanStartEventOption {
	return trace.WithAttributes(
		KeyLoop.String(e.Loop.Name()),
		KeyHandler.String(e.Handler()),
		KeyMode.String(e.Mode.String()),
	)
}

func addEvent(e loop.Event, name string) {
	if run, ok := (*e.Data).(trace.Span); ok && run.IsRecording() {
		run.AddEvent(name, trace.WithTimestamp(e.Time()))
	}
}

// end ends the run span, or makes the queue span of a task that did not run.
func (t *tracing) end(ctx context.Context, e loop.Event) {
	if e.Outcome == loop.OutcomeAbandoned {
		return // the handler goes on, and so does its span
	}
	run, ok := (*e.Data).(trace.Span)
	if !ok {
		t.queued(ctx, e, func(s trace.Span) { conclude(s, e) })
		return
	}
	conclude(run, e)
	run.End(trace.WithTimestamp(e.Time()))
}

// conclude notes how a task ended.
func conclude(s trace.Span, e loop.Event) {
	if !s.IsRecording() {
		return
	}
	s.SetAttributes(KeyOutcome.String(e.Outcome.String()))
	if e.Step == loop.StepEnded {
		s.SetAttributes(KeyAbandoned.Bool(true))
	}
	switch e.Outcome {
	case loop.OutcomePanicked:
		recordPanic(s, e)
	case loop.OutcomeExited:
		s.SetStatus(codes.Error, "the handler called runtime.Goexit")
	case loop.OutcomeRefused, loop.OutcomeDropped:
		s.SetStatus(codes.Error, e.Err.Error())
	}
}

// recordPanic adds the event that OpenTelemetry has for exceptions.
func recordPanic(s trace.Span, e loop.Event) {
	var p *loop.PanicError
	if !errors.As(e.Err, &p) {
		return
	}
	message := fmt.Sprint(p.Value)
	s.SetStatus(codes.Error, "panic: "+message)
	s.AddEvent("exception", trace.WithTimestamp(e.Time()), trace.WithAttributes(
		attribute.String("exception.type", reflect.TypeOf(p.Value).String()),
		attribute.String("exception.message", message),
		attribute.String("exception.stacktrace", string(p.Stack)),
	))
}
