package observe

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// LogOptions say what [Log] writes. The zero value is good.
type LogOptions struct {
	// Slow makes a warning of the end of a handler that has held the loop role for so
	// long, and of the start of one that was queued for so long. 0 means never.
	Slow time.Duration
	// Level decides on the level of an event in the place of [DefaultLevel]. It is
	// asked for every event, so it must be quick.
	Level func(loop.Event) slog.Level
}

// DefaultLevel returns the level of an event: an error for a panic, a warning for a task
// that was refused, dropped or abandoned, and debug for everything else.
func DefaultLevel(e loop.Event) slog.Level {
	if e.Step == loop.StepSettled || e.Step == loop.StepEnded {
		switch e.Outcome {
		case loop.OutcomePanicked:
			return slog.LevelError
		case loop.OutcomeRefused, loop.OutcomeDropped, loop.OutcomeAbandoned:
			return slog.LevelWarn
		}
	}
	return slog.LevelDebug
}

// Log returns an observer that writes every step of every task to l, one record each,
// with the context of the step. An event whose level is off costs the question whether
// it is, and nothing is allocated for it.
//
// The message is the step, or the outcome of a task that has settled. The attributes are
// loop, handler, mode, and, as far as they mean something, queued, ran, awaited and
// error; and stack for a panic.
func Log(l *slog.Logger, o LogOptions) loop.Observer {
	if o.Level == nil {
		o.Level = DefaultLevel
	}
	return &logging{handler: l.Handler(), options: o}
}

type logging struct {
	handler slog.Handler
	options LogOptions
}

func (l *logging) Observe(ctx context.Context, e loop.Event) context.Context {
	level, slow := l.options.Level(e), l.slow(e)
	if slow {
		level = max(level, slog.LevelWarn)
	}
	if l.handler.Enabled(ctx, level) {
		l.write(ctx, level, slow, e)
	}
	return ctx
}

// slow reports whether something has taken too long that has come to its end just now.
func (l *logging) slow(e loop.Event) bool {
	switch {
	case l.options.Slow <= 0:
		return false
	case e.Step == loop.StepStarted:
		return e.Queued >= l.options.Slow
	case handlerEnded(e):
		return e.Ran >= l.options.Slow
	}
	return false
}

// write writes the record. It gives it to the handler itself, because a source position
// in this file would say nothing.
func (l *logging) write(ctx context.Context, level slog.Level, slow bool, e loop.Event) {
	r := slog.NewRecord(e.Time(), level, message(e), 0)
	r.AddAttrs(
		slog.String(LabelLoop, e.Loop.Name()),
		slog.String(LabelHandler, e.Handler()),
		slog.String("mode", e.Mode.String()),
	)
	if slow {
		r.AddAttrs(slog.Bool("slow", true))
	}
	if e.Step != loop.StepSubmitted {
		r.AddAttrs(slog.Duration("queued", e.Queued))
	}
	if handlerEnded(e) || e.Step == loop.StepAwaiting || e.Step == loop.StepResumed {
		r.AddAttrs(slog.Duration("ran", e.Ran), slog.Duration("awaited", e.Awaited))
	}
	addError(&r, e.Err)
	_ = l.handler.Handle(ctx, r) // there is nobody to tell, as in slog itself
}

// message is what has happened, in a word or two.
func message(e loop.Event) string {
	switch e.Step {
	case loop.StepSettled:
		return e.Outcome.String()
	case loop.StepEnded:
		return e.Outcome.String() + " after it was abandoned"
	}
	return e.Step.String()
}

// addError adds what went wrong. The text of a PanicError has the stack in it, which
// gets an attribute of its own.
func addError(r *slog.Record, err error) {
	var p *loop.PanicError
	switch {
	case err == nil:
	case errors.As(err, &p):
		r.AddAttrs(slog.Any("error", p.Value), slog.String("stack", string(p.Stack)))
	default:
		r.AddAttrs(slog.String("error", err.Error()))
	}
}
