package remote

import (
	"context"
	"errors"
	"strings"

	"github.com/asyncgen/asyncgen/loop"
)

// settled returns the error of a call that reached a worker and has no result.
func settled(ctx context.Context, call *Call, r *Reply) error {
	err := NewError(call.Route, FateNotRun, ErrRefused, nil)
	err.Worker = r.Worker
	if r.Status.Ran() {
		err.Fate = FateRan
	}
	if r.Message != "" {
		err.Cause = errors.New(r.Message)
	}
	switch r.Status {
	case StatusExited:
		err.Reason = ErrExited
	case StatusUnanswered:
		err.Reason = ErrNoAnswer
	case StatusOverloaded:
		err.Reason = ErrOverloaded
	case StatusClosed:
		err.Reason = ErrClosed
	case StatusMalformed:
		err.Reason = ErrMalformed
	case StatusCanceled:
		err.Reason = loop.ErrCanceled
		err.Cause = causeOf(ctx, err.Cause)
	case StatusUnknown:
		err.Reason, err.Cause = &VersionError{Address: call.Address, Running: versions(r.Message)}, nil
	case StatusRefused:
	default:
		// A word from a newer worker, about which nothing can be said.
		err.Fate, err.Cause = FateUnknown, errors.New("unknown status "+string(r.Status))
	}
	return err
}

// causeOf prefers what this program knows about the end of its own context to what the
// worker says about it. The worker's clock may run out first.
func causeOf(ctx context.Context, told error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if told != nil && told.Error() == context.DeadlineExceeded.Error() {
		return context.DeadlineExceeded
	}
	return told
}

// versions takes the list in the message of a worker that does not know the version apart.
func versions(message string) []string {
	if message == "" {
		return nil
	}
	return strings.Split(message, " ")
}
