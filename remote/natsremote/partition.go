package natsremote

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// A partition is what a worker has of one: messages that the stream sends it, which it handles one after the other. Even
// when the stream sends the next one too early, because it was cut off for a while, they do not overlap here.
type partition struct {
	c      *crew
	number int
	puller *puller
	busy   atomic.Int32 // messages that are here

	mu     sync.Mutex
	queue  []*nats.Msg
	more   chan struct{} // has room for one: the queue is not empty, or closed
	closed bool
	done   uint64 // the last message that needs nothing more, even if the stream did not hear of it; of run
}

func newPartition(c *crew, number int) *partition {
	p := &partition{c: c, number: number, more: make(chan struct{}, 1)}
	p.puller = &puller{
		nc: c.t.nc, group: subject.Group, room: 2, each: p.add, moved: c.changed,
		subject: "$JS.API.CONSUMER.MSG.NEXT." + c.t.s.e.names.SerialStream(c.service) + "." + subject.SerialConsumer(number),
		expires: c.t.s.e.config.stored.takeover / 3,
	}
	return p
}

// add gets messages from the puller.
func (p *partition) add(m *nats.Msg) {
	p.c.t.work.Add(1)
	p.busy.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, m)
	p.signal()
}

func (p *partition) signal() {
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// leave has another worker get the partition. What has come is handled.
func (p *partition) leave(ctx context.Context) {
	if p.puller.pause(ctx) {
		p.c.unpin(ctx, p.number)
	}
}

// close ends run when there is nothing more to handle.
func (p *partition) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.signal()
}

// run handles messages.
func (p *partition) run() {
	for range p.more {
		for m := p.next(); m != nil; m = p.next() {
			p.handle(m)
			p.busy.Add(-1)
			p.puller.done()
			p.c.t.work.Done()
		}
		p.mu.Lock()
		end := p.closed && len(p.queue) == 0
		p.mu.Unlock()
		if end {
			return
		}
	}
}

func (p *partition) next() *nats.Msg {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return nil
	}
	m := p.queue[0]
	p.queue = p.queue[1:]
	return m
}

// handle handles a message to its end.
func (p *partition) handle(m *nats.Msg) {
	t := p.c.t
	d, ok := newDelivery(t.nc, m)
	if !ok {
		t.s.e.count.malformed.Add(1)
		return
	}
	limit := t.s.e.config.stored.takeover
	if p.done == d.meta.Sequence.Stream {
		d.ack(t.stopped, limit) // as before
		return
	}
	if t.stopped.Err() != nil {
		d.nak(t.stopped, limit, 0)
		return
	}
	h := t.holder.hold(d)
	defer h.release()
	route, known := p.c.knows(d.method, d.schema)
	c, err := decodeCall(route, m)
	if err == nil && m.Header.Get(headerPartitions) != strconv.Itoa(len(p.c.partitions)) {
		err = malformed("%w", errPartitions(shorten(m.Header.Get(headerPartitions)), len(p.c.partitions)))
	}
	reply := m.Header.Get(headerReply)
	if reply == "" {
		if !p.work(h, c, known, err) {
			return
		}
	} else {
		p.call(h, c, reply, err)
		d.ack(t.stopped, limit)
	}
	p.done = d.meta.Sequence.Stream
}

// call handles a call that somebody waits for.
func (p *partition) call(h *held, c *engine.Call, reply string, err error) {
	s := p.c.t.s
	switch {
	case !s.e.answersTo(reply, p.c.service):
		s.e.count.malformed.Add(1) // somebody wants us to publish where he may not
		return
	case err != nil:
		s.e.count.malformed.Add(1)
		s.refuse(reply, noCodec, &engine.Reply{Status: engine.StatusMalformed, Message: err.Error()})
		return
	}
	left, ok := s.e.claim(reply, s.d.Name(), p.c.t.stopped.Done())
	if !ok {
		s.e.count.skipped.Add(1)
		return
	}
	c.Timeout = left
	h.stamp(c)
	p.begin(h, c, reply)
}

// begin runs a claimed call, and returns when it has been answered.
func (p *partition) begin(h *held, c *engine.Call, reply string) {
	s := p.c.t.s
	ctx, r, status := s.runs.enter(reply, c.Codec)
	if r == nil {
		s.refuse(reply, c.Codec, &engine.Reply{Status: status, Message: refusals(status)})
		return
	}
	start, refused := s.d.Begin(c)
	if refused != nil {
		s.runs.leave(r)
		s.refuse(reply, c.Codec, refused)
		return
	}
	stop := context.AfterFunc(h.ctx, func() { r.cancel(context.Cause(h.ctx)) })
	defer stop()
	done := make(chan struct{})
	start(ctx, func(out *engine.Reply) {
		s.runs.finish(r, out)
		close(done)
	})
	<-done
}

// work handles durable work, and reports whether nothing more is to be done about it.
func (p *partition) work(h *held, c *engine.Call, known bool, err error) bool {
	end := make(chan bool, 1)
	a := &attempt{t: p.c.t, h: h, c: c, end: func(settled bool) { end <- settled }}
	switch {
	case err != nil:
		a.bury(engine.StatusMalformed, err.Error())
	case !known:
		// A worker that has the version may get the partition.
		a.fail(engine.StatusUnknown, "no version "+h.schema+" of "+h.method+" on worker "+p.c.t.s.d.Name())
		p.yield()
	default:
		a.run()
	}
	return <-end
}

// yield lets another worker have the partition, if one asks for it.
func (p *partition) yield() {
	ctx, cancel := context.WithTimeout(p.c.t.stopped, time.Second)
	defer cancel()
	p.c.unpin(ctx, p.number)
}
