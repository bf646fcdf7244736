package remote

import (
	"context"
	"errors"
	"strings"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/engine"
)

// settled returns the error of a call that reached a worker and has no result.
func settled(ctx context.Context, call *engine.Call, r *engine.Reply) error {
	err := newError(call.Route, FateNotRun, ErrRefused, nil)
	err.Worker = r.Worker
	if r.Status.Ran() {
		err.Fate = FateRan
	}
	if r.Message != "" {
		err.Cause = errors.New(r.Message)
	}
	switch r.Status {
	case engine.StatusExited:
		err.Reason = ErrExited
	case engine.StatusUnanswered:
		err.Reason = ErrNoAnswer
	case engine.StatusOverloaded:
		err.Reason = ErrOverloaded
	case engine.StatusClosed:
		err.Reason = ErrClosed
	case engine.StatusMalformed:
		err.Reason = ErrMalformed
	case engine.StatusCanceled:
		err.Reason = loop.ErrCanceled
		err.Cause = causeOf(ctx, err.Cause)
	case engine.StatusUnknown:
		err.Reason, err.Cause = otherVersions(call.Address, versions(r.Message)), nil
	case engine.StatusRefused:
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
