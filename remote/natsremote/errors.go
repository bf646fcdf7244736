package natsremote

import (
	"errors"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// errDown says in our words what the client calls an exceeded buffer, of which there is none: what
// is not sent now is not sent later.
var errDown = errors.New("the connection to the server is down, and being made again")

// notSent returns the error of a call that could not be published: it did not run.
func (e *Engine) notSent(err error) error {
	reason := engine.ErrUnreachable
	switch {
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		err = errDown
	case errors.Is(err, nats.ErrMaxPayload):
		reason = engine.ErrTooLarge
	case errors.Is(err, engine.ErrClosed), e.isClosed():
		reason = engine.ErrClosed
	}
	return engine.NewError(engine.FateNotRun, reason, err)
}
