package observe

import (
	"context"
	"runtime/trace"

	"github.com/asyncgen/asyncgen/loop"
)

// Trace returns an observer for the execution tracer, see [runtime/trace]. While a trace
// is being taken, each call shows up as
//
//   - a task "queued HANDLER", from its submission until its handler starts or it is
//     refused, which is logged in it;
//   - a task HANDLER while the handler runs, which its context belongs to, with a region
//     of the same name on the handler's goroutine and regions "await" within it. The
//     name of the loop and the outcome are logged in it.
//
// Both are children of the task in the caller's context. While no trace is being taken,
// nothing is done, and calls that have begun before are left out.
func Trace() loop.Observer { return tracer{} }

type tracer struct{}

// traced is what the tracer keeps with a task.
type traced struct {
	ctx         context.Context
	task        *trace.Task
	run, paused *trace.Region
}

func (tracer) Observe(ctx context.Context, e loop.Event) context.Context {
	if e.Outcome == loop.OutcomeAbandoned {
		trace.Log(ctx, "outcome", "abandoned")
		return ctx // what is kept is its handler's, which goes on
	}
	t, _ := (*e.Data).(*traced)
	switch {
	case t != nil:
	case e.Step == loop.StepSubmitted && trace.IsEnabled():
		t = new(traced)
		t.ctx, t.task = trace.NewTask(ctx, "queued "+e.Handler())
		*e.Data = t
		return ctx
	default:
		return ctx
	}
	switch e.Step {
	case loop.StepStarted:
		return t.start(ctx, e)
	case loop.StepAwaiting:
		t.paused = trace.StartRegion(t.ctx, "await")
	case loop.StepResumed:
		t.paused.End()
	case loop.StepSettled, loop.StepEnded:
		t.end(e)
	}
	return ctx
}

// start ends the task of the queue and begins that of the handler.
func (t *traced) start(ctx context.Context, e loop.Event) context.Context {
	t.task.End()
	t.ctx, t.task = trace.NewTask(ctx, e.Handler())
	trace.Log(t.ctx, LabelLoop, e.Loop.Name())
	t.run = trace.StartRegion(t.ctx, e.Handler())
	return t.ctx
}

// end ends whatever task there is.
func (t *traced) end(e loop.Event) {
	if t.run != nil {
		t.run.End()
	} else {
		trace.Log(t.ctx, LabelLoop, e.Loop.Name())
	}
	trace.Log(t.ctx, "outcome", e.Outcome.String())
	t.task.End()
}
