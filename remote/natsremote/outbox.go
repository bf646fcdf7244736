package natsremote

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// An outbox publishes messages in the order they came, on a goroutine that exists while there are any.
//
// nats.go writes to the network as soon as there is something to write. With many goroutines that
// publish, this is a system call for nearly each message. The outbox lets all goroutines that are ready
// leave their messages first, and publishes them in a row: measured with 128 callers, that is a
// tenth of the calls. It also keeps a caller from being held by a network that takes nothing.
type outbox struct {
	nc    *nats.Conn
	inbox *inbox
	count *counters
	pool  sync.Pool // of *envelope

	mu    sync.Mutex
	queue []*envelope
	spare []*envelope // the last queue, empty
	bytes int         // of bodies in the queue
	busy  bool        // publish runs
}

const (
	// What is queued while the network takes nothing has an end: messages, and bytes of bodies.
	maxQueued      = 1 << 16
	maxQueuedBytes = 256 << 20
)

// errBlocked says that too much is queued.
var errBlocked = errors.New("the network takes nothing, and too much is waiting for it")

// send has a message published. The envelope is the outbox' from now on.
func (o *outbox) send(m *envelope) {
	if !o.enqueue(m) {
		o.failed(m, errBlocked)
		o.release(m)
	}
}

// enqueue reports whether there was room.
func (o *outbox) enqueue(m *envelope) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m.published == nil && (len(o.queue) >= maxQueued || o.bytes+len(m.msg.Data) > maxQueuedBytes) {
		return false
	}
	o.queue = append(o.queue, m)
	o.bytes += len(m.msg.Data)
	if !o.busy {
		o.busy = true
		go o.publish()
	}
	return true
}

// publish sends what is queued until there is nothing more.
func (o *outbox) publish() {
	for {
		runtime.Gosched() // whoever is about to send something does so now
		batch := o.take()
		if batch == nil {
			return
		}
		for _, m := range batch {
			o.post(m)
		}
		clear(batch)
		o.mu.Lock()
		o.spare = batch[:0]
		o.mu.Unlock()
	}
}

// post publishes one message.
func (o *outbox) post(m *envelope) {
	if m.published != nil {
		close(m.published)
		return
	}
	// A call whose caller is gone must not run: the network may have been blocked for a while.
	if m.call == 0 || o.inbox.waits(m.call) {
		if err := o.nc.PublishMsg(&m.msg); err != nil {
			o.failed(m, err)
		}
	}
	o.release(m)
}

// take returns what is queued, or nil if that is nothing, and then publish has ended.
func (o *outbox) take() []*envelope {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.busy = false
		return nil
	}
	batch := o.queue
	o.queue, o.spare, o.bytes = o.spare, nil, 0
	return batch
}

// wait returns when all has been published that was sent before.
func (o *outbox) wait(ctx context.Context) error {
	done := make(chan struct{})
	o.send(&envelope{published: done})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// failed tells who waits for an answer that a message was not sent.
func (o *outbox) failed(m *envelope, err error) {
	large := errors.Is(err, nats.ErrMaxPayload)
	if large {
		err = fmt.Errorf("%w: %d bytes with headers, the server allows %d", err, size(&m.msg), o.nc.MaxPayload())
	}
	switch {
	case m.call != 0:
		o.inbox.fail(m.call, err)
	case m.reply && large:
		o.send(o.tooLarge(m, err))
	case m.reply:
		o.count.unsent.Add(1)
	}
}

// tooLarge returns a reply in place of one that NATS refuses for its size: the caller is waiting for
// something.
func (o *outbox) tooLarge(m *envelope, err error) *envelope {
	r := o.envelope(m.msg.Subject, nil)
	worker, _ := unescape(m.msg.Header.Get(headerWorker)) // is our own
	r.setReply("", &engine.Reply{Status: engine.StatusUnanswered, Worker: worker, Message: "the answer is too large: " + err.Error()})
	r.reply = true
	return r
}

// size returns how many bytes of payload a message has: headers count.
func size(m *nats.Msg) int {
	n := len(m.Data)
	if len(m.Header) > 0 {
		n += len("NATS/1.0\r\n\r\n")
	}
	for name, values := range m.Header {
		for _, value := range values {
			n += len(name) + len(": ") + len(value) + len("\r\n")
		}
	}
	return n
}
