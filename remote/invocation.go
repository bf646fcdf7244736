package remote

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// An invocation is a call that a worker has begun, and all that it needs, in one piece.
type invocation struct {
	worker  *Worker
	handler door.Handler
	call    *engine.Call
	codec   Codec
	ctx     context.Context // of the engine
	reply   func(*engine.Reply)

	started   atomic.Bool
	delivered deliveryContext
}

// Begin implements [door.Invocation].
func (in *invocation) Begin() { in.started.Store(true) }

// Decode implements [door.Invocation]. A person who calls a handler without parameters may leave
// them out. A method of an argument's type that decodes it may panic.
func (in *invocation) Decode(v any) (err error) {
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

// Answer implements [door.Invocation].
func (in *invocation) Answer(out any, err error, defs []door.ErrorDef) *engine.Reply {
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
