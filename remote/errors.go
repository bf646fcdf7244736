package remote

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// Sentinels that an [*Error] wraps. Compare with [errors.Is]. Where package loop has an error
// of the same meaning, the sentinel wraps it, so that a program can compare with the errors of
// package loop alone.
var (
	// ErrNoWorker reports that no worker has the method. See [VersionError] too.
	ErrNoWorker = engine.ErrNoWorker
	// ErrUnreachable reports that there was no connection, and nothing was sent.
	ErrUnreachable = engine.ErrUnreachable
	// ErrOverloaded reports that the worker, its loop, or the stream for the call is full. It wraps [loop.ErrFull].
	ErrOverloaded = engine.ErrOverloaded
	// ErrClosed reports that the engine, the worker or its loop is closed. It wraps [loop.ErrClosed].
	ErrClosed = engine.ErrClosed
	// ErrMalformed reports that a message could not be decoded or broke a limit.
	ErrMalformed = engine.ErrMalformed
	// ErrTooLarge reports that a message would be longer than the engine or a limit allows.
	ErrTooLarge = engine.ErrTooLarge
	// ErrRefused reports that the worker did not run the handler for a reason of its own.
	ErrRefused = engine.ErrRefused
	// ErrLost reports that the worker sent neither reply nor heartbeat for too long. The handler may have run, or may
	// be running still.
	ErrLost = engine.ErrLost
	// ErrNoAnswer reports that the handler returned, but its results did not arrive.
	ErrNoAnswer = errors.New("the handler's results cannot be sent or decoded")
	// ErrExited reports that the handler called [runtime.Goexit].
	ErrExited = errors.New("the handler ended its goroutine")
)

// Fate is what is known of a call that has no result.
type Fate = engine.Fate

// The zero value promises nothing.
const (
	FateUnknown Fate = engine.FateUnknown // the handler may have been started
	FateNotRun  Fate = engine.FateNotRun  // it was not started and will not be
	FateRan     Fate = engine.FateRan     // it was started
)

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

// newError returns the error of a call without result.
func newError(r engine.Route, f Fate, reason, cause error) *Error {
	return &Error{Method: r.String(), Fate: f, Reason: reason, Cause: cause}
}

// unreplied returns the error of a call for which the engine has no reply.
func unreplied(r engine.Route, err error) error {
	var e *engine.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e) || e == nil:
		return newError(r, FateUnknown, err, nil)
	case len(e.Running) > 0:
		return newError(r, e.Fate, otherVersions(r.Address, e.Running), e.Cause)
	}
	return newError(r, e.Fate, e.Reason, e.Cause)
}

// otherVersions returns the error of a call of a version that no worker has.
func otherVersions(a engine.Address, running []string) *VersionError {
	return &VersionError{Method: a.String(), Version: a.Schema, Running: running}
}

// A VersionError reports that there are workers for the method, but none for this version of
// it: the caller and they were built from signatures that differ. It wraps [ErrNoWorker].
type VersionError struct {
	Method  string   // "Quotes.Price"
	Version string   // of the caller: 16 hexadecimal digits, a hash of everything that travels
	Running []string // those of workers
}

// Error names the versions.
func (e *VersionError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return fmt.Sprintf("no worker for version %s of %s; running versions: %s", e.Version, e.Method, strings.Join(e.Running, ", "))
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
