package loop

import (
	"errors"
	"fmt"
)

// Sentinels that an [*Error] wraps. Compare with [errors.Is].
var (
	// ErrClosed reports that the loop was shut down or closed before the handler started.
	ErrClosed = errors.New("the loop is closed")
	// ErrFull reports that the loop's queue was full and its policy is [OverflowReject], or that the
	// policy is [OverflowShed] and this task was shed or found nothing to shed.
	ErrFull = errors.New("the loop's queue is full")
	// ErrCanceled reports that the caller's context ended before the handler started. The
	// error wraps [context.Cause] of that context too.
	ErrCanceled = errors.New("canceled while queued")
	// ErrAbandoned reports that the caller's context ended while the handler was running and
	// that the bridge does not wait for it (the directive's abandon argument). The handler
	// goes on; its result is dropped. The error wraps [context.Cause] of the context too.
	ErrAbandoned = errors.New("abandoned while running")
	// ErrInterrupted reports that the producer of a stream was interrupted because its caller's
	// context or the loop has ended. The error wraps [context.Cause] of the producer's context
	// too: ErrClosed, if it was the loop.
	ErrInterrupted = errors.New("interrupted while running")
	// ErrReentrant reports that a nonreentrant bridge was called from a handler of its own
	// loop.
	ErrReentrant = errors.New("called from a handler of the same loop")
	// ErrCannotAwait is returned by [Await], [Sleep] and [Future.Await] in a handler that cannot
	// leave its goroutine to other handlers: the host of [Adapt], [NewHosted] or [NewFrames] runs
	// it on its own goroutine, or C code below it on the stack has called it back. The function
	// was not called. Its text has what to do.
	ErrCannotAwait = errors.New("a handler cannot await here")
	// ErrNoHost reports that the loop's host does not run yet, and that the loop has the option
	// [WithHostRequired].
	ErrNoHost = errors.New("the loop's host does not run")
	// ErrNoLoop reports that the *Loop given to the call was nil.
	ErrNoLoop = errors.New("the loop is nil")
)

// Reasons for ErrCannotAwait.
var (
	errAtHome     = fmt.Errorf("%w: it runs on the goroutine of the loop's host, which has other things to do; wait in another goroutine and come back with Spawn, or make the loop with WithCoroutines", ErrCannotAwait)
	errInCallback = fmt.Errorf("%w: it is inside a callback from C; await outside of the callback", ErrCannotAwait)
)

// An Error reports that a call has no result, how far the call came and why. A nil error of a
// call means that the handler ran to completion.
//
// A handler's own error is returned as it is, with one exception: if the handler passes on
// the error of another call, which did not run, its own call returns an Error that wraps that
// error and has its text. So the first Error in the chain, which [errors.As] finds, never
// denies what the handler has done. Bridges that have the name of their handler, in place,
// return all errors as they are.
//
// Programs may construct an Error, for a fake of a bridge, say. The zero value is usable.
type Error struct {
	Handler  string // name of the handler, "bank.Account.Deposit"
	Position string // where its code begins, "account.go:12"
	Loop     string // name of the loop
	Started  bool   // the handler was started; if not, the call had no effect and has none later
	// Reason is a sentinel of this package, a [*DeadlockError], or an error that the handler
	// has returned.
	Reason error
	// Own is the error that the loop's owner has for the Reason, or nil: see [WithClosedError]
	// and [WithFullError].
	Own   error
	Cause error // context.Cause of the call's context, or nil
}

// NotRun reports whether the handler was not started and will not be. Then the call had no
// effect, and may be made again. It reports false for a nil Error.
func (e *Error) NotRun() bool { return e != nil && !e.Started }

// NotRun reports whether err shows that a call had no effect: its handler was not started and
// will not be. Errors of calls that the handler made do not count. It reports false for errors
// that no call of a loop has returned, and understands those of package remote.
func NotRun(err error) bool {
	var call interface{ NotRun() bool }
	return errors.As(err, &call) && call.NotRun()
}

// Error returns the text of Own. Without Own, it returns a sentence with the handler, the loop,
// how far the call came, and why.
func (e *Error) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case e.Own != nil:
		return e.Own.Error()
	}
	return e.sentence()
}

// sentence returns the text of Error for an error without Own.
func (e *Error) sentence() string {
	did := "did not run"
	switch {
	case e.Reason == ErrAbandoned:
		did = "was started, its outcome is unknown"
	case e.Reason == ErrInterrupted:
		did = "was cut short"
	case e.Started && e.Reason != nil:
		return e.Reason.Error()
	case e.Started:
		did = "was started"
	}
	handler := e.Handler
	if handler == "" {
		handler = "the handler"
	}
	text := atPosition(handler, e.Position) + " " + did
	if e.Loop != "" {
		text += fmt.Sprintf(" on loop %q", e.Loop)
	}
	for _, why := range []error{e.Reason, e.Cause} {
		if why != nil {
			text += ": " + why.Error()
		}
	}
	return text
}

// Format implements [fmt.Formatter]. The verb %+v prints the stacks of a [*DeadlockError]
// below the text of Error. If the text is that of Own, of this error or of one that the handler has passed
// on, it prints the sentence with the handler and the loop below.
func (e *Error) Format(s fmt.State, verb rune) {
	var d *DeadlockError
	text := e.Error()
	if e != nil {
		errors.As(e.Reason, &d)
		if owned := e.owned(); owned != nil && verb == 'v' && s.Flag('+') {
			text += "\n" + owned.sentence()
		}
	}
	d.format(s, verb, text)
}

// owned returns the first error with Own among e and the errors of calls that it wraps, or nil.
func (e *Error) owned() *Error {
	for e != nil && e.Own == nil {
		var inner *Error
		errors.As(e.Reason, &inner)
		e = inner
	}
	return e
}

// Unwrap returns the reason, the error of the loop's owner and the cause, without those that are nil.
func (e *Error) Unwrap() []error {
	if e == nil {
		return nil
	}
	var list []error
	for _, err := range []error{e.Reason, e.Own, e.Cause} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// refused returns the error of a call that the loop did not run because of reason.
func (l *Loop) refused(b named, reason error) *Error {
	started := reason == ErrAbandoned || reason == ErrInterrupted
	return &Error{Handler: b.Name(), Position: b.Position(), Loop: l.Name(), Started: started, Reason: reason, Own: l.own(reason)}
}

// own returns the error of the loop's owner for a reason, or nil.
func (l *Loop) own(reason error) error {
	switch {
	case l == nil:
		return nil
	case reason == ErrClosed:
		return l.closedError
	case reason == ErrFull:
		return l.fullError
	}
	return nil
}

// contextError returns the error of a call whose context ended with cause.
func (l *Loop) contextError(cause error, b named, reason error) *Error {
	err := l.refused(b, reason)
	err.Cause = cause
	return err
}

// passedOn returns the error of a call whose handler has returned err. If that is the error of
// another call, which did not run, it must not look like the error of this one.
func (l *Loop) passedOn(b named, err error) error {
	if !NotRun(err) {
		return err
	}
	return l.failed(b, err)
}

// spawnFailed counts an error that a spawned handler has returned, and wraps it.
func (l *Loop) spawnFailed(b body, err error) *Error {
	l.counters.spawnErrors.Add(1)
	return l.failed(b, err)
}

// failed returns an Error that wraps an error of a handler.
func (l *Loop) failed(b named, err error) *Error {
	return &Error{Handler: b.Name(), Position: b.Position(), Loop: l.Name(), Started: true, Reason: err}
}
