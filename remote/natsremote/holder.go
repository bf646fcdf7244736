package natsremote

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// errCutOff is why the context of a handler ended whose work is likely to have been given to another worker.
var errCutOff = errors.New("the worker is cut off from the stream")

// A holder keeps streams from giving messages to other workers while handlers run. If a stream does
// not answer for as long as it takes until it does so all the same, the contexts of the handlers end.
type holder struct {
	nc    *nats.Conn
	limit time.Duration // after which a stream gives a message to another worker
	inbox string        // where streams answer, with the final dot

	mu    sync.Mutex
	sub   *nats.Subscription
	live  map[uint64]*held
	last  uint64
	timer *time.Timer // exists while there is something to hold
	ended error       // why the contexts of all end
}

// A held message has a handler that runs, or is about to.
type held struct {
	delivery
	ctx    context.Context // of the handler
	cancel context.CancelCauseFunc
	number uint64
	heard  time.Time // of the stream; guarded by the holder
	owner  *holder
}

func newHolder(nc *nats.Conn, limit time.Duration) (*holder, error) {
	h := &holder{nc: nc, limit: limit, inbox: nc.NewInbox() + ".", live: make(map[uint64]*held)}
	sub, err := nc.Subscribe(h.inbox+"*", h.answered)
	if err != nil {
		return nil, err
	}
	h.sub = sub
	return h, nil
}

// hold begins to hold a message. It ends with release.
func (h *holder) hold(d delivery) *held {
	ctx, cancel := context.WithCancelCause(context.Background())
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	one := &held{delivery: d, ctx: ctx, cancel: cancel, number: h.last, heard: time.Now(), owner: h}
	if h.ended != nil {
		cancel(h.ended)
	}
	h.live[one.number] = one
	if h.timer == nil {
		h.timer = time.AfterFunc(h.limit/4, h.beat)
	}
	return one
}

// release ends holding a message.
func (o *held) release() {
	o.owner.mu.Lock()
	delete(o.owner.live, o.number)
	o.owner.mu.Unlock()
	o.cancel(nil)
}

// beat tells streams that all is well.
func (h *holder) beat() {
	h.mu.Lock()
	now := time.Now()
	var live, cut []*held
	for _, one := range h.live {
		live = append(live, one)
		if now.Sub(one.heard) >= h.limit {
			cut = append(cut, one)
		}
	}
	h.timer = nil
	if len(live) > 0 && !h.nc.IsClosed() {
		h.timer = time.AfterFunc(h.limit/4, h.beat)
	}
	h.mu.Unlock()
	for _, one := range live {
		// If this is not sent there will be no answer.
		_ = h.nc.PublishRequest(one.m.Reply, h.inbox+strconv.FormatUint(one.number, 36), progress)
	}
	for _, one := range cut {
		one.cancel(errCutOff)
	}
}

// answered notes that a stream is there.
func (h *holder) answered(m *nats.Msg) {
	number, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, h.inbox), 36, 64)
	if err != nil || m.Header.Get(headerNATS) == noResponders {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if one := h.live[number]; one != nil {
		one.heard = time.Now()
	}
}

// end ends the contexts of all handlers, also of those to come.
func (h *holder) end(cause error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = cause
	for _, one := range h.live {
		one.cancel(cause)
	}
}

// close is called when nothing is held any more, or the connection is gone.
func (h *holder) close() { _ = h.sub.Unsubscribe() }
