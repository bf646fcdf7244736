package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/asyncgen/asyncgen/loop"
)

// Reasons of an [*Error]. Package remote has them under the same names.
var (
	ErrNoWorker    = errors.New("no worker")
	ErrUnreachable = errors.New("not connected")
	ErrOverloaded  = fmt.Errorf("overloaded: %w", loop.ErrFull)
	ErrClosed      = fmt.Errorf("closed: %w", loop.ErrClosed)
	ErrMalformed   = errors.New("malformed message")
	ErrTooLarge    = errors.New("message too large")
	ErrRefused     = errors.New("refused by the worker")
	ErrLost        = errors.New("the worker was lost")
)

// Fate is what is known of a call that has no result.
type Fate int

// The zero value promises nothing.
const (
	FateUnknown Fate = iota // the handler may have been started
	FateNotRun              // it was not started and will not be
	FateRan                 // it was started
)

// String returns a few words: "did not run".
func (f Fate) String() string {
	switch f {
	case FateUnknown:
		return "may or may not have run"
	case FateNotRun:
		return "did not run"
	case FateRan:
		return "ran"
	}
	return fmt.Sprintf("Fate(%d)", int(f))
}

// An Error reports that a call has no reply. The client makes a remote.Error from it, with the name of the method. The zero value
// is usable.
type Error struct {
	Fate   Fate
	Reason error // one of those above, or one of package loop
	Cause  error // an error that explains the reason, or nil

	// Running has the other versions of the method that workers have, if the reason is ErrNoWorker.
	Running []string
}

// NewError returns an error with a reason and, unless it is nil, a cause.
func NewError(f Fate, reason, cause error) *Error {
	return &Error{Fate: f, Reason: reason, Cause: cause}
}

// NoWorker returns the error of a call for which there is no worker, or only workers that have other versions of the method.
func NoWorker(running ...string) *Error {
	return &Error{Fate: FateNotRun, Reason: ErrNoWorker, Running: running}
}

// Ended returns the error of a call whose context has ended. The reason is [loop.ErrCanceled] after [FateNotRun], otherwise
// [loop.ErrAbandoned], and the cause that of the context.
func Ended(ctx context.Context, f Fate) *Error {
	reason := loop.ErrCanceled
	if f != FateNotRun {
		reason = loop.ErrAbandoned
	}
	return NewError(f, reason, context.Cause(ctx))
}

// Error returns what is known of the call, the reason and the cause.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	text := e.Fate.String()
	for _, err := range e.Unwrap() {
		text += ": " + err.Error()
	}
	return text
}

// Unwrap returns the reason and the cause, without those that are nil.
func (e *Error) Unwrap() []error {
	switch {
	case e == nil, e.Reason == nil && e.Cause == nil:
		return nil
	case e.Reason == nil || e.Cause == nil:
		return []error{cmp.Or(e.Reason, e.Cause)}
	}
	return []error{e.Reason, e.Cause}
}

// NotRun reports whether the handler was certainly not started and will not be. It reports false for a nil Error.
func (e *Error) NotRun() bool { return e != nil && e.Fate == FateNotRun }
