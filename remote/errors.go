package remote

import (
	"context"
	"errors"
	"fmt"
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

// Outcome is what is known of a call without result.
type Outcome int

// What can be known. Only a call over a network can have an unknown outcome.
const (
	NotRun  Outcome = iota + 1 // the handler was not started and will not be
	Unknown                    // it may have been started
	Ran                        // it was started
)

// String returns a few words.
func (o Outcome) String() string {
	switch o {
	case NotRun:
		return "did not run"
	case Unknown:
		return "may or may not have run"
	case Ran:
		return "ran"
	}
	return "invalid"
}

// An Error says that a call has no result of its handler, what is known of it, and why.
// An error that a handler returned is not wrapped in one.
type Error struct {
	Method  string // "Quotes.Price"
	Worker  string // who said so, "" if nobody did
	Outcome Outcome

	// Reason is one of the sentinels, one of package loop, or a [*VersionError].
	Reason error
	// Cause is what is known besides: the cause of the context's end, or a network error. It
	// may be nil.
	Cause error
}

// NotRun reports whether it is certain that the handler was not started and will not be. Then
// the call had no effect, and may be made again. [loop.NotRun] understands it. It reports false
// for a nil Error.
func (e *Error) NotRun() bool { return e != nil && e.Outcome == NotRun }

// Error is a sentence: which method, how far it came, why.
func (e *Error) Error() string {
	on := ""
	if e.Worker != "" {
		on = fmt.Sprintf(" on worker %q", e.Worker)
	}
	why := e.Reason.Error()
	if e.Cause != nil {
		why += ": " + e.Cause.Error()
	}
	return fmt.Sprintf("%s %s%s: %s", e.Method, e.Outcome, on, why)
}

// Unwrap returns the reason and, if there is one, the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Cause}
}

// NewError returns the error of a call without result, for engines.
func NewError(r Route, o Outcome, reason, cause error) *Error {
	return &Error{Method: r.String(), Outcome: o, Reason: reason, Cause: cause}
}

// Ended returns the error of a call whose context has ended, for engines. o says whether
// the handler can have started.
func Ended(ctx context.Context, r Route, o Outcome) *Error {
	reason := loop.ErrCanceled
	if o != NotRun {
		reason = loop.ErrAbandoned
	}
	return NewError(r, o, reason, context.Cause(ctx))
}

// String returns the method as people know it: "Quotes.Price".
func (a Address) String() string {
	service := a.Service[strings.LastIndexByte(a.Service, '/')+1:]
	if service == "" {
		return a.Method
	}
	return service + "." + a.Method
}

// A VersionError says that there are workers for the method, but none for this version of
// it: the caller and they were built from signatures that differ. It wraps [ErrNoWorker].
type VersionError struct {
	Address          // what was called
	Running []string // schemas that workers have
}

// Error names the versions.
func (e *VersionError) Error() string {
	return fmt.Sprintf("no worker for version %s of %s; running versions: %s", e.Schema, e.Address, strings.Join(e.Running, ", "))
}

// Unwrap returns [ErrNoWorker].
func (e *VersionError) Unwrap() error { return ErrNoWorker }

// A HandlerError is an error that the handler returned and that the caller has no type for:
// its text, and what else of it is registered.
type HandlerError struct {
	Method, Worker string
	Type           string // name of its type on the worker
	Message        string

	wrapped []error // registered errors that it wraps
}

// Error returns the text that it had on the worker.
func (e *HandlerError) Error() string { return e.Message }

// Unwrap returns the registered errors that it wraps.
func (e *HandlerError) Unwrap() []error { return e.wrapped }

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
	return fmt.Sprintf("panic in %s on worker %q: %s\n\nstack of the handler:\n%s", e.Method, e.Worker, e.Value, e.Stack)
}

// NotRun reports false.
func (e *PanicError) NotRun() bool { return false }
