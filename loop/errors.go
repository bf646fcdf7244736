package loop

import (
	"errors"
	"fmt"
)

// Sentinels that an [*Error] wraps. Compare with [errors.Is].
var (
	// ErrClosed reports that the loop was shut down or closed before the handler started.
	ErrClosed = errors.New("the loop is closed")
	// ErrFull reports that the loop's queue was full and its policy is [Reject], or that the
	// policy is [ShedOldest] and this task was shed or found nothing to shed.
	ErrFull = errors.New("the loop's queue is full")
	// ErrCanceled reports that the caller's context ended before the handler started. The
	// error wraps [context.Cause] of that context too.
	ErrCanceled = errors.New("canceled while queued")
	// ErrAbandoned reports that the caller's context ended while the handler was running and
	// that the bridge does not wait for it (the directive's abandon argument). The handler
	// goes on; its result is dropped. The error wraps [context.Cause] of the context too.
	ErrAbandoned = errors.New("abandoned while running")
	// ErrCut reports that the producer of a stream was interrupted because its caller's
	// context or the loop has ended. The error wraps [context.Cause] of the producer's context
	// too: ErrClosed, if it was the loop.
	ErrCut = errors.New("interrupted while running")
	// ErrReentrant reports that a nonreentrant bridge was called from a handler of its own
	// loop.
	ErrReentrant = errors.New("called from a handler of the same loop")
	// ErrCannotAwait is returned by [Await] and [Sleep] in a handler that cannot leave its
	// thread to other handlers, because C code below it on the stack has called it back, or
	// runs the loop of [Adapt] inside of itself. The function was not called. Await outside of
	// the callback.
	ErrCannotAwait = errors.New("a handler cannot await inside a callback from C")
	// ErrNoLoop reports that the *Loop given to the call was nil.
	ErrNoLoop = errors.New("the loop is nil")
)

// An Error reports that a call has no result of its handler, how far the call came and why. A
// nil error of a call means that the handler ran to completion.
//
// An error that a handler returns is never wrapped in an Error; an Error that comes out of a
// call may still be the handler's, if the handler passed on the error of another call. The
// field Handler distinguishes the two.
type Error struct {
	Handler  string // name of the handler, "bank.Account.Deposit"
	Position string // where its code begins, "account.go:12"
	Loop     string // name of the loop

	reason error // a sentinel or a *DeadlockError
	cause  error // context.Cause of the call's context, or nil
}

// Ran reports whether the handler was started. If it was not, the call had no
// effect and may be made again.
func (e *Error) Ran() bool { return e.reason == ErrAbandoned || e.reason == ErrCut }

// Error returns a sentence with the handler, the loop, how far the call came, and why.
func (e *Error) Error() string {
	on := ""
	if e.Loop != "" {
		on = fmt.Sprintf(" on loop %q", e.Loop)
	}
	did := "did not run"
	switch e.reason {
	case ErrAbandoned:
		did = "was started, its outcome is unknown"
	case ErrCut:
		did = "was cut short"
	}
	why := e.reason.Error()
	if e.cause != nil {
		why += ": " + e.cause.Error()
	}
	return atPosition(e.Handler, e.Position) + " " + did + on + ": " + why
}

// Format implements [fmt.Formatter]. The verb %+v prints the stacks of a [*DeadlockError]
// below the text of Error.
func (e *Error) Format(s fmt.State, verb rune) {
	var d *DeadlockError
	if !errors.As(e.reason, &d) {
		d = new(DeadlockError)
	}
	d.format(s, verb, e.Error())
}

// Unwrap returns the sentinel and, for a call whose context ended, its cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.reason}
	}
	return []error{e.reason, e.cause}
}

// refused returns the error of a call that the loop did not run because of reason.
func (l *Loop) refused(b body, reason error) *Error {
	return &Error{Handler: b.name(), Position: b.position(), Loop: l.Name(), reason: reason}
}

// contextError returns the error of a call whose context ended with cause.
func (l *Loop) contextError(cause error, b body, reason error) *Error {
	err := l.refused(b, reason)
	err.cause = cause
	return err
}
