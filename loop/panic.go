package loop

import (
	"fmt"
	"runtime/debug"
)

// A PanicError carries the panic of a handler to the goroutine that waits for
// its result, where it is raised again. It is an error, so that code which
// recovers can look for the original value with [errors.As] and [errors.Is] if
// that was an error.
//
// A panic that passes through several loops is wrapped once, by the first.
type PanicError struct {
	Value    any    // what the handler panicked with
	Handler  string // name of the handler, "bank.Account.Deposit", or of the member of a ShutdownGroup
	Position string // where its code begins, "account.go:12"
	Loop     string // name of the loop; empty for a member of a ShutdownGroup
	Stack    string // stack of the goroutine that ran the handler, as of debug.Stack
	// CallerStack is the stack of the goroutine that waited, or empty if none did.
	CallerStack string
}

// Error names the handler and the value and shows the handler's stack. The runtime prints it,
// above the caller's stack, when it is not recovered.
func (e *PanicError) Error() string {
	if e == nil {
		return "<nil>"
	}
	on := ""
	if e.Loop != "" {
		on = fmt.Sprintf(" on loop %q", e.Loop)
	}
	return fmt.Sprintf("panic in %s%s: %v\n\nstack of the handler:\n%s",
		atPosition(e.Handler, e.Position), on, e.Value, e.Stack)
}

// NotRun reports false, whatever the value is: the handler has run.
func (e *PanicError) NotRun() bool { return false }

// Unwrap returns the value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	if e == nil {
		return nil
	}
	err, _ := e.Value.(error)
	return err
}

// newPanicError describes a panic with value v. It must be called while the
// frames of the panicking goroutine are still there, in a deferred function.
func (l *Loop) newPanicError(b body, v any) *PanicError {
	if p, ok := v.(*PanicError); ok {
		return p
	}
	return &PanicError{
		Value:    v,
		Handler:  b.Name(),
		Position: b.Position(),
		Loop:     l.Name(),
		Stack:    string(debug.Stack()),
	}
}

// raise panics in a goroutine that waited. Several may wait for one future, so
// each raises a copy with its own stack.
func (e *PanicError) raise() {
	if e.CallerStack != "" {
		panic(e) // it comes from a call further down and has been here before
	}
	raised := *e
	raised.CallerStack = string(debug.Stack())
	panic(&raised)
}
