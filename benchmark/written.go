package benchmark

import (
	"context"
	"runtime"
	"sync"
)

// Names of what people write, which the report refers to.
const (
	Pooled  = "hand-written, pooled"
	Bare    = "hand-written, no context"
	Locked  = "hand-written, locked thread"
	Mutexed = "mutex"
)

// queue is the capacity of the channels: that of a loop's queue.
const queue = 1024

// written returns the contenders that need no library.
func written() []Contender {
	return []Contender{
		{Baseline, func(b *Book) Ledger { return newBridge(b, false) }},
		{Pooled, func(b *Book) Ledger { return pooledBridge{newBridge(b, false)} }},
		{Bare, func(b *Book) Ledger { return bareBridge{newBridge(b, false)} }},
		{Locked, func(b *Book) Ledger { return newBridge(b, true) }},
		{Mutexed, func(b *Book) Ledger { return &mutexed{book: b} }},
	}
}

// A reply is the results of the handler.
type reply struct {
	balance int64
	err     error
}

// A request is one call on its way to the goroutine that owns the book.
type request struct {
	ctx     context.Context
	account int
	amount  int64
	reply   chan reply // capacity 1: the owner never waits for a caller who has left
}

// A bridge is a goroutine that owns a book, and a channel to it. It lacks the
// guarantees of package loop: a panic of the handler ends the process, a call of the
// handler to its own bridge hangs, and a caller that leaves early gets no outcome.
type bridge struct {
	book     *Book
	requests chan request
	ended    chan struct{}
}

// newBridge starts a bridge, on a thread of its own if locked.
func newBridge(b *Book, locked bool) *bridge {
	h := &bridge{book: b, requests: make(chan request, queue), ended: make(chan struct{})}
	go h.serve(locked)
	return h
}

func (h *bridge) serve(locked bool) {
	defer close(h.ended)
	if locked {
		runtime.LockOSThread()
	}
	for r := range h.requests {
		balance, err := h.book.Deposit(r.ctx, r.account, r.amount)
		r.reply <- reply{balance, err}
	}
}

func (h *bridge) Close() {
	close(h.requests)
	<-h.ended
}

// Deposit honours the context both while the queue is full and while it waits for
// the result.
func (h *bridge) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	r := request{ctx, account, amount, make(chan reply, 1)}
	return h.exchange(r)
}

func (h *bridge) exchange(r request) (int64, error) {
	select {
	case h.requests <- r:
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
	select {
	case got := <-r.reply:
		return got.balance, got.err
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
}

// A pooledBridge reuses the reply channels. It must discard the channel of a caller
// that left early, because a late reply may be in it.
type pooledBridge struct{ *bridge }

var replies = sync.Pool{New: func() any { return make(chan reply, 1) }}

func (h pooledBridge) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	r := request{ctx, account, amount, replies.Get().(chan reply)}
	balance, err := h.exchange(r)
	if err == nil {
		replies.Put(r.reply)
	}
	return balance, err
}

// A bareBridge does not look at the context.
type bareBridge struct{ *bridge }

func (h bareBridge) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	r := request{ctx, account, amount, make(chan reply, 1)}
	h.requests <- r
	got := <-r.reply
	return got.balance, got.err
}

// A mutexed book is run by its callers, in no order, and they cannot leave.
type mutexed struct {
	mu   sync.Mutex
	book *Book
}

func (m *mutexed) Deposit(ctx context.Context, account int, amount int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.book.Deposit(ctx, account, amount)
}

func (m *mutexed) Close() {}
