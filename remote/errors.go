package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/loop"
)

// Sentinels that an [*Error] wraps. Compare with [errors.Is]. Where a local call has an error
// of the same meaning, that is wrapped too, so that a program which knows the errors of
// package loop needs no others to go remote.
var (
	// ErrNoWorker says that no worker answers to the method. See [VersionError] too.
	ErrNoWorker = errors.New("no worker")
	// ErrUnreachable says that there is no connection, so that nothing was sent.
	ErrUnreachable = errors.New("not connected")
	// ErrOverloaded says that the worker, or the stream that the call should be stored in,
	// has as much to do as it may.
	ErrOverloaded = fmt.Errorf("overloaded: %w", loop.ErrFull)
	// ErrClosed says that the client, the worker or its loop is closed.
	ErrClosed = fmt.Errorf("closed: %w", loop.ErrClosed)
	// ErrMalformed says that a message could not be decoded or broke a limit.
	ErrMalformed = errors.New("malformed message")
	// ErrTooLarge says that a message would be longer than the engine or a limit allows.
	ErrTooLarge = errors.New("message too large")
	// ErrRefused says that the worker did not run the handler for a reason of its own.
	ErrRefused = errors.New("refused by the worker")
	// ErrLost says that the worker has not been heard of for too long. It may have run the
	// handler, it may be running it still.
	ErrLost = errors.New("the worker was lost")
	// ErrNoAnswer says that the handler returned, but what it returned did not arrive.
	ErrNoAnswer = errors.New("the handler's results cannot be sent or decoded")
	// ErrExited says that the handler called [runtime.Goexit].
	ErrExited = errors.New("the handler ended its goroutine")
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

// An Error reports that a call has no result of its handler, what is known of it, and why. The error of a handler is
// never one, not even if that is the Error of another call: it is returned as a [HandlerError] then.
//
// Programs may construct an Error, for a fake of a front, say. The zero value is usable.
type Error struct {
	Method string // "Quotes.Price"
	Worker string // the worker that replied, "" if none did
	Fate   Fate

	// Reason is one of the sentinels, one of package loop, or a [*VersionError].
	Reason error
	// Cause is a second error that explains the first: the cause of the context's end, or a network error. It
	// may be nil.
	Cause error
}

// NotRun reports whether the handler was certainly not started and will not be. Then the call had no effect, and may be made
// again. It reports false for a nil Error. The function [loop.NotRun] answers for every error of a call, local or
// remote.
func (e *Error) NotRun() bool { return e != nil && e.Fate == FateNotRun }

// Error returns a sentence with the method, what is known, the worker and the reason.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	text := cmp.Or(e.Method, "the handler") + " " + e.Fate.String()
	if e.Worker != "" {
		text += fmt.Sprintf(" on worker %q", e.Worker)
	}
	for _, err := range e.Unwrap() {
		text += ": " + err.Error()
	}
	return text
}

// Unwrap returns the reason and the cause, without those that are nil.
func (e *Error) Unwrap() []error {
	if e == nil {
		return nil
	}
	return slices.DeleteFunc([]error{e.Reason, e.Cause}, func(err error) bool { return err == nil })
}

// NewError returns the error of a call without result, for engines.
func NewError(r Route, f Fate, reason, cause error) *Error {
	return &Error{Method: r.String(), Fate: f, Reason: reason, Cause: cause}
}

// Ended returns the error of a call whose context has ended, for engines. f says whether
// the handler can have started.
func Ended(ctx context.Context, r Route, f Fate) *Error {
	reason := loop.ErrCanceled
	if f != FateNotRun {
		reason = loop.ErrAbandoned
	}
	return NewError(r, f, reason, context.Cause(ctx))
}

// String returns the method as people know it: "Quotes.Price".
func (a Address) String() string {
	service := a.Service[strings.LastIndexByte(a.Service, '/')+1:]
	if service == "" {
		return a.Method
	}
	return service + "." + a.Method
}

// A VersionError reports that there are workers for the method, but none for this version of
// it: the caller and they were built from signatures that differ. It wraps [ErrNoWorker].
type VersionError struct {
	Address          // what was called
	Running []string // schemas that workers have
}

// Error names the versions.
func (e *VersionError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return fmt.Sprintf("no worker for version %s of %s; running versions: %s", e.Schema, e.Address, strings.Join(e.Running, ", "))
}

// Unwrap returns [ErrNoWorker].
func (e *VersionError) Unwrap() error { return ErrNoWorker }

// A HandlerError is an error that the handler returned and that the caller has no type for:
// its text, and the registered errors in it. The error of another call, which the handler passed on, is one too,
// so that [loop.NotRun] reports false: this handler has run.
type HandlerError struct {
	Method, Worker string
	Type           string  // name of its type on the worker
	Message        string  // its text on the worker
	Wrapped        []error // registered errors that it wraps; they belong to the HandlerError
}

// Error returns the text.
func (e *HandlerError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return e.Message
}

// Unwrap returns the registered errors that it wraps.
func (e *HandlerError) Unwrap() []error {
	if e == nil {
		return nil
	}
	return e.Wrapped
}

// NotRun reports false.
func (e *HandlerError) NotRun() bool { return false }

// A PanicError is the panic of a handler on a worker, which goes on. It is returned, not
// raised again: the caller's program is not the one with the mistake.
type PanicError struct {
	Method, Worker string
	Value          string // the value as fmt prints it
	Type           string // its type
	Stack          string // of the handler
}

// Error shows the value and the handler's stack.
func (e *PanicError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return fmt.Sprintf("panic in %s on worker %q: %s\n\nstack of the handler:\n%s", e.Method, e.Worker, e.Value, e.Stack)
}

// NotRun reports false.
func (e *PanicError) NotRun() bool { return false }
