package loop

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// exec runs the handler of t in the calling goroutine, which holds the loop role, and settles
// the task. If the goroutine ends, because the handler or a function that was notified of its
// end called Goexit, exec does not return and the role has passed on.
func (l *Loop) exec(t *task) {
	co, stays := t.co, false
	defer func() {
		if !stays {
			l.lose(co, recover())
		}
	}()
	l.run(t)
	stays = true
}

// enter runs the handler of b in the calling goroutine, which has the loop role. The
// compiler must not inline it, because its frame is where the stack of a handler begins in
// reports.
//
//go:noinline
func enter(b body, ctx context.Context) {
	b.Run(ctx)
	runtime.KeepAlive(b)
}

// run calls the handler and settles the task, however the handler ends.
func (l *Loop) run(t *task) {
	returned := false
	defer func() {
		if returned {
			return
		}
		// This is on top of the frames of the panic, if it is one.
		if v := recover(); v != nil {
			l.settle(t, endPanic, l.newPanicError(t.body, v))
		} else {
			l.settle(t, endGoexit, nil)
		}
	}()
	enter(t.body, t.handlerCtx())
	returned = true
	l.settle(t, endReturn, nil)
}

// lose lets the loop go on without the calling goroutine, whose end cannot be
// stopped: the handler, or a panic handler, has called Goexit. If a panic handler or an
// error handler has panicked, the process ends.
func (l *Loop) lose(co *coroutine, v any) {
	switch {
	case v != nil:
		l.crash(v)
	case co != nil:
		co.bury(l)
	default:
		l.handOver()
	}
}

// crash ends the process with the panic v, whose frames are still on the stack of the
// calling goroutine.
func (l *Loop) crash(v any) {
	if l.crew != nil {
		panic(v)
	}
	// The goroutine is a coroutine, which would hand the panic to the host, without its
	// stack, and some hosts recover.
	go panic(&crashError{v, debug.Stack()})
	select {}
}

// A crashError is a panic that ends the process from another goroutine than its own.
type crashError struct {
	value any
	stack []byte
}

func (e *crashError) Error() string {
	return fmt.Sprintf("%v\n\nstack of the panic:\n%s", e.value, e.stack)
}

// settle decides the outcome of a task whose handler has ended, and wakes the goroutine that
// waits for it.
func (l *Loop) settle(t *task, how ending, failure *PanicError) {
	t.ending, t.failure = how, failure
	watched := t.finish()
	if watched {
		l.counters.ended(how)
	} else {
		l.counters.left.Add(-1)
	}
	t.noteEnd(how, watched, failure)
	if failure != nil && (t.kind == kindSpawn || !watched) {
		l.unobserved(failure)
	}
	switch {
	case !watched:
		// The caller may still be reading the name of the handler that it abandons: neither
		// the task nor its body goes back to a pool.
	case t.kind == kindCall:
		t.wake.open() // from here on t is its caller's
	default:
		t.deliver(nil)
	}
}

// unobserved handles a panic that no caller waits for: the loop's panic handler
// gets it, or it ends the process. It is raised again on top of the frames of
// the original one, so that the crash shows where that happened.
func (l *Loop) unobserved(failure *PanicError) {
	if l.panicHandler != nil {
		l.panicHandler(failure)
		return
	}
	panic(failure.Value)
}
