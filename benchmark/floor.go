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
