package history

import (
	"context"
	"slices"
	"sync"
)

// A Book is a history that is being written, by any number of goroutines and, through [Serve], processes.
// It is the store that handlers write to as well, so what it has accepted and the history cannot
// disagree. Make one with [NewBook].
type Book struct {
	mu     sync.Mutex
	events []Event
	more   chan struct{} // closed with the next event
	runs   map[int]Event // how those began that have not ended
	last   int           // run
	value  int64
	fences map[string]uint64        // the greatest that has written, by key
	held   map[string]chan struct{} // by op, closed to let its handler go on
}

// NewBook returns an empty book.
func NewBook() *Book {
	return &Book{
		more: make(chan struct{}), runs: make(map[int]Event),
		fences: make(map[string]uint64), held: make(map[string]chan struct{}),
	}
}

// Record adds an event of a caller or of the test.
func (b *Book) Record(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(e)
}

// add needs the lock.
func (b *Book) add(e Event) {
	b.events = append(b.events, e)
	close(b.more)
	b.more = make(chan struct{})
}

// Begin records that a handler has started and returns the number of the execution. wait is closed
// when the handler may go on, which is at once unless the test holds the call.
func (b *Book) Begin(e Event) (run int, wait <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	e.Kind, e.Run = Begin, b.last
	b.runs[e.Run] = e
	b.add(e)
	hold := b.held[e.Op]
	if hold == nil {
		hold = make(chan struct{})
		close(hold)
	}
	return e.Run, hold
}

// Write is the one write of an execution. It returns a value that no other write has, or false if
// the store has seen a greater fence for the key. What has no key has no fence.
func (b *Book) Write(run int) (value int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.runs[run]
	if e.Key != "" {
		if e.Fence < b.fences[e.Key] {
			b.add(Event{Kind: Refuse, Op: e.Op, Run: run})
			return 0, false
		}
		b.fences[e.Key] = e.Fence
	}
	b.value++
	b.add(Event{Kind: Write, Op: e.Op, Run: run, Value: b.value})
	return b.value, true
}

// Finish records how an execution ended: with End, Fail or Gone. A second time changes nothing.
func (b *Book) Finish(run int, k Kind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.runs[run]
	if !ok {
		return
	}
	delete(b.runs, run)
	b.add(Event{Kind: k, Op: e.Op, Run: run})
}

// Hold has the handler of a call wait after its start, until the function it returns is called.
func (b *Book) Hold(op string) (release func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{})
	b.held[op] = c
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.held, op)
		close(c)
	})
}

// Await returns the first event that match accepts, which it waits for.
func (b *Book) Await(ctx context.Context, match func(Event) bool) (Event, error) {
	for read := 0; ; {
		b.mu.Lock()
		next, more := b.events[read:], b.more
		b.mu.Unlock()
		if i := slices.IndexFunc(next, match); i >= 0 {
			return next[i], nil
		}
		read += len(next)
		select {
		case <-more:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}

// Events returns the history so far.
func (b *Book) Events() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clip(b.events)
}

// Count returns how many events match accepts.
func (b *Book) Count(match func(Event) bool) int {
	n := 0
	for _, e := range b.Events() {
		if match(e) {
			n++
		}
	}
	return n
}

// Is returns a function for [Book.Await] and [Book.Count]: an event of a kind and, unless op is empty, of a call.
func Is(k Kind, op string) func(Event) bool {
	return func(e Event) bool { return e.Kind == k && (op == "" || e.Op == op) }
}
