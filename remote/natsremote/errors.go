package natsremote

import (
	"errors"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/nats-io/nats.go"
)

// errDown says in our words what the client calls an exceeded buffer, of which there is none: what
// is not sent now is not sent later.
var errDown = errors.New("the connection to the server is down, and being made again")

// notSent returns the error of a call that could not be published: it did not run.
func (e *Engine) notSent(r remote.Route, err error) error {
	reason := remote.ErrUnreachable
	switch {
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		err = errDown
	case errors.Is(err, nats.ErrMaxPayload):
		reason = remote.ErrTooLarge
	case errors.Is(err, remote.ErrClosed), e.isClosed():
		reason = remote.ErrClosed
	}
	return remote.NewError(r, remote.FateNotRun, reason, err)
}
