package natsremote

import (
	"errors"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/nats-io/nats.go"
)

// notSent returns the error of a call that could not be published: it did not run.
func (e *Engine) notSent(r remote.Route, err error) error {
	reason := remote.ErrUnreachable
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		reason = remote.ErrTooLarge
	case errors.Is(err, remote.ErrClosed), e.isClosed():
		reason = remote.ErrClosed
	}
	return remote.NewError(r, remote.NotRun, reason, err)
}
