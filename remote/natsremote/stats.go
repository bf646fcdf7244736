package natsremote

import (
	"errors"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// Stats are counts since the engine was made.
type Stats struct {
	Malformed  uint64 // messages that could not be decoded or broke a limit
	Stray      uint64 // replies without a caller that waits for them
	Lost       uint64 // calls whose worker was silent for too long
	Dropped    uint64 // times that NATS dropped messages because they arrived too fast
	Unsent     uint64 // replies that could not be sent when they were given
	Canceled   uint64 // calls that were canceled by their callers while they ran here
	Skipped    uint64 // serial calls whose callers had given up before their turn here
	Reconnects uint64 // of the connection
}

type counters struct {
	malformed, stray, lost, dropped, unsent, canceled, skipped, reconnects atomic.Uint64
}

// Stats returns the counts.
func (e *Engine) Stats() Stats {
	if e == nil {
		return Stats{}
	}
	return Stats{
		Malformed: e.count.malformed.Load(), Stray: e.count.stray.Load(), Lost: e.count.lost.Load(),
		Dropped: e.count.dropped.Load(), Unsent: e.count.unsent.Load(), Canceled: e.count.canceled.Load(),
		Skipped: e.count.skipped.Load(), Reconnects: e.count.reconnects.Load(),
	}
}

// watch counts what NATS reports about the connection, and passes it on to the user's handler.
func (e *Engine) watch() {
	users := e.nc.ErrorHandler()
	e.nc.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
		switch {
		case errors.Is(err, nats.ErrSlowConsumer):
			e.count.dropped.Add(1)
		case errors.Is(err, nats.ErrBadHeaderMsg):
			e.count.malformed.Add(1)
		case errors.Is(err, nats.ErrPermissionViolation):
			e.eachInbox(func(b *inbox) { b.deny(err) })
		}
		if users != nil {
			users(nc, sub, err)
		}
	})
	back := e.nc.ReconnectHandler()
	e.nc.SetReconnectHandler(func(nc *nats.Conn) {
		e.count.reconnects.Add(1)
		e.payload.Store(nc.MaxPayload())
		e.eachInbox((*inbox).reconnected)
		if back != nil {
			back(nc)
		}
	})
	closed := e.nc.ClosedHandler()
	e.nc.SetClosedHandler(func(nc *nats.Conn) {
		e.eachInbox((*inbox).gone)
		if closed != nil {
			closed(nc)
		}
	})
}
