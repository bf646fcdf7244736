package natsremote

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// An inbox is where replies arrive: one subscription for all calls of an engine, made
// with the first of them. Who takes a waiting call out of the map tells it what came of it, once.
type inbox struct {
	nc      *nats.Conn
	silence time.Duration
	count   *counters
	ask     func(q question)

	base  string            // what prefix begins with, "" for an inbox as NATS makes them
	stray func(m *nats.Msg) // if not nil, gets messages that nobody waits for

	once   sync.Once
	prefix string // of reply subjects, with the final dot
	err    error  // of subscribing

	pool sync.Pool // of waiting

	mu      sync.Mutex
	sub     *nats.Subscription
	last    uint64
	calls   map[uint64]*waiting
	closed  bool
	denied  error       // why no reply will ever come
	sweeper *time.Timer // runs while calls wait
}

func newInbox(nc *nats.Conn, silence time.Duration, count *counters, ask func(q question)) *inbox {
	return &inbox{nc: nc, silence: silence, count: count, ask: ask, calls: make(map[uint64]*waiting)}
}

// subscribe prepares the inbox for the first call.
func (b *inbox) subscribe() error {
	b.once.Do(func() {
		prefix := b.nc.NewInbox() + "."
		if b.base != "" {
			prefix = b.base + "." + rand.Text() + "."
		}
		b.mu.Lock()
		b.prefix = prefix
		b.mu.Unlock()
		sub, err := b.nc.Subscribe(prefix+"*", b.receive)
		if err == nil {
			err = sub.SetPendingLimits(-1, -1) // receive does not block
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.sub, b.err = sub, err
	})
	return b.err
}

// add registers a call that will be published to a subject. Each ends with one of take, which must succeed, and an event that is
// received; then it may be released.
func (b *inbox) add(to, service string) (*waiting, error) { return b.enter(to, service, nil) }

// collect registers a call that has many replies. They do not end it.
func (b *inbox) collect(to string, each func(m *nats.Msg)) (*waiting, error) {
	return b.enter(to, "", each)
}

func (b *inbox) enter(to, service string, each func(m *nats.Msg)) (*waiting, error) {
	if err := b.subscribe(); err != nil {
		return nil, err
	}
	w, ok := b.pool.Get().(*waiting)
	if !ok {
		w = &waiting{events: make(chan event, 1)}
	}
	w.to, w.service, w.each, w.patient, w.heard = to, service, each, false, time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, engine.ErrClosed
	}
	if b.denied != nil {
		return nil, b.denied
	}
	b.last++
	w.number = b.last
	var digits [16]byte
	w.reply = b.prefix + string(strconv.AppendUint(digits[:0], w.number, 36))
	b.calls[w.number] = w
	if b.sweeper == nil {
		b.sweeper = time.AfterFunc(b.silence/8, b.sweep)
	}
	return w, nil
}

// release has a call that has ended used again.
func (b *inbox) release(w *waiting) {
	w.each = nil
	b.pool.Put(w)
}

// bear sets whether silence ends a call, which begins now.
func (b *inbox) bear(w *waiting, silence bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w.patient, w.heard = silence, time.Now()
}

// take removes a call, and reports whether it was still waiting. If not, its event is in the channel or
// about to be.
func (b *inbox) take(w *waiting) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.calls[w.number]
	delete(b.calls, w.number)
	return ok
}

// yield is take for somebody who waits no longer. It returns an error, or what has come nevertheless.
func (b *inbox) yield(w *waiting) event {
	if b.take(w) {
		return event{err: engine.ErrLost}
	}
	return <-w.events
}

// receive handles what arrives, on the goroutine of the subscription.
func (b *inbox) receive(m *nats.Msg) {
	number, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, b.prefix), 36, 64)
	beat := m.Header != nil && isBeat(m)
	var each func(m *nats.Msg)
	b.mu.Lock()
	w := b.calls[number]
	ends := err == nil && w != nil && !beat && w.each == nil
	if ends {
		delete(b.calls, number)
	} else if w != nil {
		w.heard, each = time.Now(), w.each
	}
	b.mu.Unlock() // w may be another call from here on, unless it ends here
	switch {
	case ends:
		w.events <- event{msg: m}
	case w == nil:
		b.count.stray.Add(1)
		if b.stray != nil {
			b.stray(m)
		}
	case each != nil && !beat:
		each(m)
	}
}

// close ends all calls, and lets no other begin.
func (b *inbox) close() {
	b.mu.Lock()
	b.closed = true
	sub := b.sub
	b.mu.Unlock()
	b.end(event{err: engine.ErrClosed})
	if sub != nil {
		// The connection may be down or closed: then there is nothing to end.
		_ = sub.Unsubscribe()
	}
}

// gone ends all calls because the connection has been closed, by the user or for good.
func (b *inbox) gone() { b.end(event{err: engine.ErrLost, cause: nats.ErrConnectionClosed}) }

func (b *inbox) end(ev event) {
	b.mu.Lock()
	calls := b.calls
	b.calls = make(map[uint64]*waiting)
	if b.sweeper != nil {
		b.sweeper.Stop()
		b.sweeper = nil
	}
	b.mu.Unlock()
	for _, w := range calls {
		w.events <- ev
	}
}

// deny handles what the server says that does not let us publish or subscribe somewhere: it is a text with a subject
// in quotes. Without it the calls would wait until they are lost.
func (b *inbox) deny(err error) {
	text := err.Error()
	var ended []*waiting
	b.mu.Lock()
	replies := b.prefix != "" && strings.Contains(text, strconv.Quote(b.prefix+"*"))
	if replies {
		b.denied = err
	}
	for number, w := range b.calls {
		if (w.each == nil || w.service != "") && (replies || strings.Contains(text, strconv.Quote(w.to))) {
			ended = append(ended, w)
			delete(b.calls, number)
		}
	}
	b.mu.Unlock()
	for _, w := range ended {
		if replies {
			w.events <- event{err: engine.ErrLost, cause: err}
		} else {
			w.events <- event{err: err, unsent: true}
		}
	}
}

// waits reports whether the caller of a call is still there.
func (b *inbox) waits(number uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[number] != nil
}

// fail ends a call that was not sent.
func (b *inbox) fail(number uint64, err error) {
	b.mu.Lock()
	w := b.calls[number]
	delete(b.calls, number)
	b.mu.Unlock()
	if w != nil {
		w.events <- event{err: err, unsent: true}
	}
}
