package observe

import (
	"context"
	"runtime/pprof"
	"strconv"

	"github.com/asyncgen/asyncgen/loop"
)

// The labels that [Labels] sets, and [loop.WithSlowHandler], which finds the goroutines of slow handlers
// by them.
const (
	LabelLoop    = "loop"
	LabelHandler = "handler"
	LabelLoopID  = "loop_id" // the text of a loop.Loop.ID
)

// Labels returns an observer that labels the goroutine of a handler with its loop and with
// the name of the handler while it runs, in Await too, so that profiles show where the time
// goes:
//
//	go tool pprof -tagfocus=handler=bank.Account.Deposit cpu.pprof
//
// The handler's context has the labels as well, beside those of the caller's, for
// goroutines that the handler starts with [pprof.Do].
//
// Afterwards the labels are those of the caller's context if the handler has run on the
// caller's goroutine, and none otherwise. Go has no way to ask a goroutine for its
// labels; so labels that a caller has set with [pprof.SetGoroutineLabels] and that its
// context does not have are lost on a loop with [loop.WithInline].
func Labels() loop.Observer { return labels{} }

type labels struct{}

func (labels) Observe(ctx context.Context, e loop.Event) context.Context {
	switch {
	case e.Step == loop.StepStarted:
		ctx = pprof.WithLabels(ctx, pprof.Labels(
			LabelLoop, e.Loop.Name(), LabelHandler, e.Handler(), LabelLoopID, strconv.FormatUint(e.Loop.ID(), 10)))
		pprof.SetGoroutineLabels(ctx)
	case !handlerEnded(e):
	case e.ByCaller():
		pprof.SetGoroutineLabels(ctx)
	default:
		pprof.SetGoroutineLabels(context.Background())
	}
	return ctx
}

// handlerEnded reports whether e is the end of a handler, on the handler's goroutine.
func handlerEnded(e loop.Event) bool {
	if e.Step != loop.StepSettled && e.Step != loop.StepEnded {
		return false
	}
	return e.Outcome == loop.OutcomeReturned || e.Outcome == loop.OutcomePanicked || e.Outcome == loop.OutcomeExited
}
