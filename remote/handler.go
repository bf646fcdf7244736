package remote

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/engine"
)

// A Handler answers the calls of one method. Make one with [Method.On].
type Handler struct {
	route engine.Route
	fault error
	serve func(ctx context.Context, in *invocation) *engine.Reply
}

// On returns what a worker needs to answer calls: on which loop each runs, the handler, of
// which only the source position is read, and a function that calls it.
func (m *Method[Req, Resp]) On(loopOf func(in Req) *loop.Loop, handler any, run func(ctx context.Context, in Req) (Resp, error)) Handler {
	route, err := m.Route()
	bridge := &loop.Bridge{Name: m.Title}
	return Handler{route: route, fault: err, serve: func(ctx context.Context, in *invocation) *engine.Reply {
		var values struct { // in one piece
			in  Req
			out Resp
		}
		if err := in.decode(&values.in); err != nil {
			return refusal(engine.StatusMalformed, err.Error())
		}
		job := work[Req, Resp]{in: &values.in, run: run, handler: handler, started: &in.started}
		done, err := loop.BridgeCall(ctx, loopOf(values.in), bridge, job)
		values.out = done.out
		return in.answer(&values.out, err, m.Errors)
	}}
}

// OnDo is On for a handler without results but an error.
func (m *Method[Req, Resp]) OnDo(loopOf func(in Req) *loop.Loop, handler any, run func(ctx context.Context, in Req) error) Handler {
	return m.On(loopOf, handler, func(ctx context.Context, in Req) (out Resp, err error) { return out, run(ctx, in) })
}

// work is one call on its way to its loop. It remembers that the handler was started: an error
// of the loop that the handler passes on looks like an error of its own loop.
type work[Req, Resp any] struct {
	in      *Req
	run     func(ctx context.Context, in Req) (Resp, error)
	handler any
	started *atomic.Bool
	out     Resp
}

// Run implements [loop.Request].
func (w *work[Req, Resp]) Run(ctx context.Context) (err error) {
	w.started.Store(true)
	w.out, err = w.run(ctx, *w.in)
	return err
}

// Handler implements [loop.Request].
func (w *work[Req, Resp]) Handler() any { return w.handler }

// An invocation is a call that a worker has begun, and all that it needs, in one piece.
type invocation struct {
	worker  *Worker
	handler Handler
	call    *engine.Call
	codec   Codec
	ctx     context.Context // of the engine
	reply   func(*engine.Reply)

	started   atomic.Bool
	delivered deliveryContext
}

// decode reads the arguments. A person who calls a handler without parameters may leave
// them out. A method of an argument's type that decodes it may panic.
func (in *invocation) decode(v any) (err error) {
	if len(in.call.Body) == 0 && in.call.Codec == "" {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while decoding: %v", p)
		}
	}()
	return in.codec.Unmarshal(in.call.Body, v)
}

// answer is the reply to a call that came back from its loop.
func (in *invocation) answer(out any, err error, defs []ErrorDef) *engine.Reply {
	switch {
	case !in.started.Load():
		return notRun(err)
	case err == nil:
		return in.encoded(engine.StatusOK, out)
	}
	f := describe(in.codec, err, defs)
	if !reflect.ValueOf(out).Elem().IsZero() {
		if f.Result, err = in.codec.Marshal(out); err != nil {
			return refusal(engine.StatusUnanswered, err.Error())
		}
	}
	return in.told(in.encoded(engine.StatusFailed, f), f)
}

// encoded is a reply with a body. A method of a result's type that encodes it may panic.
func (in *invocation) encoded(s engine.Status, v any) (r *engine.Reply) {
	defer func() {
		if p := recover(); p != nil {
			r = refusal(engine.StatusUnanswered, fmt.Sprintf("panic while encoding: %v", p))
		}
	}()
	body, err := in.codec.Marshal(v)
	if err != nil {
		return refusal(engine.StatusUnanswered, err.Error())
	}
	return &engine.Reply{Status: s, Body: body}
}

// notRun is the reply to a call that the loop did not run.
func notRun(err error) *engine.Reply {
	status := engine.StatusRefused
	switch {
	case errors.Is(err, loop.ErrFull):
		status = engine.StatusOverloaded
	case errors.Is(err, loop.ErrClosed), errors.Is(err, loop.ErrNoLoop):
		status = engine.StatusClosed
	case errors.Is(err, context.DeadlineExceeded):
		return refusal(engine.StatusCanceled, context.DeadlineExceeded.Error())
	case errors.Is(err, loop.ErrCanceled):
		status = engine.StatusCanceled
	}
	return refusal(status, err.Error())
}

// panicked is the reply to a call that ended in a panic: the handler's, or, before it was
// started, that of the expression which chooses the loop.
func (in *invocation) panicked(v any) *engine.Reply {
	if !in.started.Load() {
		return refusal(engine.StatusRefused, fmt.Sprintf("panic before the handler was started: %v", v))
	}
	f := failure{Message: printed(v), Type: fmt.Sprintf("%T", v)}
	if p, ok := v.(*loop.PanicError); ok {
		f = failure{Message: printed(p.Value), Type: fmt.Sprintf("%T", p.Value), Stack: cut(string(p.Stack))}
	}
	return in.told(in.encoded(engine.StatusPanicked, f), f)
}

// told adds the failure in words for an engine that keeps work which was given up.
func (in *invocation) told(r *engine.Reply, f failure) *engine.Reply {
	if in.call.Durable && r.Message == "" {
		r.Message = f.Message
	}
	return r
}

// printed returns a value as text. Its methods may panic.
func printed(v any) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("a %T that cannot be printed", v)
		}
	}()
	return cut(fmt.Sprint(v))
}
