package remoteimpl

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// A Handler answers the calls of one method. Make one with [Method.On] or [Method.OnDo].
type Handler = door.Handler

// Register adds handlers to a worker. It returns [remote.ErrStarted] if the worker has been
// started, and an error for a handler that is registered already. It panics if the worker was not made by [remote.NewWorker].
func Register(w *remote.Worker, handlers ...Handler) error {
	var worker door.Worker
	if w != nil {
		worker = door.Through[door.Worker](w)
	}
	if worker == nil {
		panic("remote: handlers are registered with a worker that is nil or was not made by NewWorker")
	}
	return worker.Register(handlers)
}

// On returns a handler: the loop of each call, the user's function, of
// which only the source position is read, and a function that calls it.
func (m *Method[Req, Resp]) On(loopOf func(in Req) *loop.Loop, handler any, run func(ctx context.Context, in Req) (Resp, error)) Handler {
	route, err := m.Route()
	bridge := &loopimpl.Bridge{Name: m.Title}
	return Handler{Route: route, Fault: err, Serve: func(ctx context.Context, in door.Invocation) *engine.Reply {
		var values struct { // in one piece
			in  Req
			out Resp
		}
		if err := in.Decode(&values.in); err != nil {
			return &engine.Reply{Status: engine.StatusMalformed, Message: err.Error()}
		}
		job := work[Req, Resp]{in: &values.in, run: run, handler: handler, invocation: in}
		done, err := loopimpl.Call(ctx, loopOf(values.in), bridge, job)
		values.out = done.out
		if done.err != nil {
			err = done.err // without the loop's error around it, which says that the handler was started
		}
		return in.Answer(&values.out, err, m.Errors)
	}}
}

// OnDo is On for a handler without results but an error.
func (m *Method[Req, Resp]) OnDo(loopOf func(in Req) *loop.Loop, handler any, run func(ctx context.Context, in Req) error) Handler {
	return m.On(loopOf, handler, func(ctx context.Context, in Req) (out Resp, err error) { return out, run(ctx, in) })
}

// work is one call on its way to its loop. It reports that the handler was started: an error
// of the loop that the handler passes on looks like an error of its own loop.
type work[Req, Resp any] struct {
	in         *Req
	run        func(ctx context.Context, in Req) (Resp, error)
	handler    any
	invocation door.Invocation
	out        Resp
	err        error // of the handler
}

// Run implements [loopimpl.Request].
func (w *work[Req, Resp]) Run(ctx context.Context) error {
	w.invocation.Begin()
	w.out, w.err = w.run(ctx, *w.in)
	return w.err
}

// Handler implements [loopimpl.Request].
func (w *work[Req, Resp]) Handler() any { return w.handler }
