package benchmark

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/benchmark/measure"
)

// Floors returns what calls are made of: no design that uses the part can be
// faster than the part.
func Floors() []Shape {
	return []Shape{
		{"atomic exchange", func() (measure.Batch, func()) { return exchanges, func() {} }},
		{"sync.Pool Get and Put", func() (measure.Batch, func()) { return poolUses, func() {} }},
		{"iter.Pull, there and back", func() (measure.Batch, func()) { return pulls, func() {} }},
		{"runtime.Gosched beside another goroutine that yields", func() (measure.Batch, func()) { return yields, func() {} }},
		{"channel to a goroutine and back", func() (measure.Batch, func()) { return pingPong(false) }},
		{"channel to a locked thread and back", func() (measure.Batch, func()) { return pingPong(true) }},
	}
}

func exchanges(_ context.Context, _, n int) error {
	var word atomic.Uint32
	for range n {
		word.Swap(1)
	}
	return nil
}

func poolUses(_ context.Context, _, n int) error {
	pool := sync.Pool{New: func() any { return new(Book) }}
	for range n {
		pool.Put(pool.Get())
	}
	return nil
}

func pulls(_ context.Context, _, n int) error {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	})
	defer stop()
	for range n {
		next()
	}
	return nil
}

func yields(_ context.Context, _, n int) error {
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !stop.Load() {
			runtime.Gosched()
		}
	}()
	for range n {
		runtime.Gosched()
	}
	stop.Store(true)
	<-ended
	return nil
}

// pingPong sends a value to a goroutine, which sends it back.
func pingPong(locked bool) (measure.Batch, func()) {
	there, back := make(chan int, 1), make(chan int, 1)
	go func() {
		defer close(back)
		if locked {
			runtime.LockOSThread()
		}
		for v := range there {
			back <- v
		}
	}()
	batch := func(_ context.Context, _, n int) error {
		for i := range n {
			there <- i
			<-back
		}
		return nil
	}
	return batch, func() { close(there); <-back }
}

// openExchange starts the minimal exchange between sleeping callers and a goroutine:
// callers push themselves onto a lock-free stack, and a goroutine takes the whole
// stack, runs the handler for each caller and wakes it. The exchange has no context,
// order, bound, outcome or end, and two calls for one account must not overlap. A
// bridge with sleeping callers does the same work and more, so it cannot be faster.
func openExchange(b *Book) Ledger {
	e := &exchange{book: b, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	for i := range e.callers {
		e.callers[i].ready = make(chan struct{}, 1)
	}
	go e.serve()
	return e
}

type exchange struct {
	book    *Book
	callers [Accounts]exchangeCaller
	top     atomic.Pointer[exchangeCaller]
	asleep  atomic.Bool
	closed  atomic.Bool
	wake    chan struct{}
	ended   chan struct{}
}

type exchangeCaller struct {
	next    *exchangeCaller
	account int
	amount  int64
	balance int64
	err     error
	word    atomic.Uint32 // 1: the caller sleeps, 2: it has its result
	ready   chan struct{}
}

func (e *exchange) Deposit(_ context.Context, account int, amount int64) (int64, error) {
	c := &e.callers[account]
	c.account, c.amount = account, amount
	c.word.Store(0)
	for {
		c.next = e.top.Load()
		if e.top.CompareAndSwap(c.next, c) {
			break
		}
	}
	e.rouse()
	runtime.Gosched() // cheaper than sleeping if the result comes meanwhile
	if c.word.CompareAndSwap(0, 1) {
		<-c.ready
	}
	return c.balance, c.err
}

// rouse wakes the serving goroutine if it sleeps.
func (e *exchange) rouse() {
	if e.asleep.Load() && e.asleep.CompareAndSwap(true, false) {
		e.wake <- struct{}{}
	}
}

func (e *exchange) serve() {
	defer close(e.ended)
	for idle := false; !e.closed.Load(); {
		c := e.top.Swap(nil)
		switch {
		case c != nil:
			idle = false
			e.run(c)
		case !idle:
			idle = true
			runtime.Gosched()
		default:
			e.asleep.Store(true)
			if e.top.Load() == nil && !e.closed.Load() || !e.asleep.CompareAndSwap(true, false) {
				<-e.wake
			}
			idle = false
		}
	}
}

// run serves the callers from c on down the stack.
func (e *exchange) run(c *exchangeCaller) {
	for c != nil {
		next := c.next // before c is its caller's again
		c.balance, c.err = e.book.Deposit(context.Background(), c.account, c.amount)
		if c.word.Swap(2) == 1 {
			c.ready <- struct{}{}
		}
		c = next
	}
}

func (e *exchange) Close() {
	e.closed.Store(true)
	e.rouse()
	<-e.ended
}
