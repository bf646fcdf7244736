package natsremote

import (
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// A waiting call has been sent, or is about to be.
type waiting struct {
	number  uint64
	to      string            // where the call was published
	service string            // whose workers can be asked about it, or ""
	reply   string            // subject
	events  chan event        // room for the one that ends it
	each    func(m *nats.Msg) // if not nil, gets all messages on the subscription's goroutine, and none ends the wait
	heard   time.Time         // when last; guarded by the inbox
	patient bool              // silence does not end it; guarded by the inbox
}

// An event ends the wait for a reply: a message, or an error that says why there will be none.
type event struct {
	msg    *nats.Msg
	err    error // a sentinel of package remote, or, if unsent is set, that of publishing
	cause  error // what is known besides
	unsent bool
}

// sweep ends calls that have heard nothing for too long, and asks about those that have heard nothing for half of that.
// One timer for all of them is cheaper than one each, and late by an eighth at most.
func (b *inbox) sweep() {
	now := time.Now()
	var lost []*waiting
	var late []question
	b.mu.Lock()
	for number, w := range b.calls {
		silent := now.Sub(w.heard)
		switch {
		case !w.patient && silent >= b.silence:
			lost = append(lost, w)
			delete(b.calls, number)
		case w.service != "" && !w.patient && silent >= b.silence/2:
			late = append(late, question{w.service, w.reply})
		}
	}
	b.sweeper = nil
	if len(b.calls) > 0 && !b.closed {
		b.sweeper = time.AfterFunc(b.silence/8, b.sweep)
	}
	b.mu.Unlock()
	for _, w := range lost {
		if w.service != "" {
			b.count.lost.Add(1)
		}
		w.events <- event{err: engine.ErrLost}
	}
	for _, q := range late {
		b.ask(q)
	}
}

// A question is about a call that waits.
type question struct{ service, reply string }

// reconnected asks about all calls: what was sent meanwhile is lost.
func (b *inbox) reconnected() {
	var late []question
	b.mu.Lock()
	b.denied = nil // permissions may be others now
	for _, w := range b.calls {
		if w.service != "" && !w.patient {
			late = append(late, question{w.service, w.reply})
		}
	}
	b.mu.Unlock()
	for _, q := range late {
		b.ask(q)
	}
}
