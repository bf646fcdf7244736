package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dop251/goja"

	"github.com/asyncgen/asyncgen/loop"
)

//go:generate go tool asyncgen

// The errors of a call, in addition to those of package loop.
var (
	errUnknown     = errors.New("the program has no such function")
	errThrown      = errors.New("the program has thrown")
	errInterrupted = errors.New("the function took too long and was interrupted")
)

// An engine is a JavaScript program and the interpreter that runs it. Only handlers
// touch the interpreter, so the loop is all the protection that it needs.
type engine struct {
	loop *loop.Loop
	vm   *goja.Runtime
}

// newEngine runs the top level of a program, before there are any calls.
func newEngine(name, source string) (*engine, error) {
	e := &engine{vm: goja.New()}
	if _, err := e.vm.RunScript(name, source); err != nil {
		return nil, err
	}
	e.loop = loop.New(loop.WithName("script"), loop.WithQueueSize(256), loop.WithOverflow(loop.OverflowReject))
	return e, nil
}

// call calls a function of the program with arguments that JSON can express and
// returns its result as JSON. When ctx ends, the interpreter is interrupted.
//
//asyncgen:bridge
func (e *engine) call(ctx context.Context, function string, arguments []any) (json.RawMessage, error) {
	callee, ok := goja.AssertFunction(e.vm.Get(function))
	if !ok {
		return nil, fmt.Errorf("%s: %w", function, errUnknown)
	}
	defer e.interruptWith(ctx)()
	values := make([]goja.Value, len(arguments))
	for i, a := range arguments {
		values[i] = e.vm.ToValue(a)
	}
	result, err := callee(goja.Undefined(), values...)
	if err != nil {
		return nil, plain(err)
	}
	return json.Marshal(result.Export())
}

// plain returns an error that may leave the loop. A [goja.Exception] may not: it refers
// to the thrown value, and already asking it for its text runs the interpreter.
func plain(err error) error {
	var thrown *goja.Exception
	var interrupted *goja.InterruptedError
	switch {
	case errors.As(err, &interrupted):
		return errInterrupted
	case errors.As(err, &thrown):
		return fmt.Errorf("%w: %s", errThrown, thrown.Value())
	}
	return err
}

// interruptWith interrupts the interpreter when ctx ends, until the returned function
// is called. An interrupt that has begun is waited for and taken back, because it
// would otherwise hit the next call.
func (e *engine) interruptWith(ctx context.Context) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		e.vm.Interrupt(context.Cause(ctx))
	})
	return func() {
		if !stop() {
			<-done
			e.vm.ClearInterrupt()
		}
	}
}
