package loop_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// counter is what the benchmarks protect, each in its own way.
type counter struct{ n int }

func (c *counter) add(by int) int { c.n += by; return c.n }

// counterAddCall is what the generator would write for the handler.
type counterAddCall struct {
	c  *counter
	by int
	r0 int
}

func (c *counterAddCall) Run(context.Context) error {
	c.r0 = c.c.add(c.by)
	return nil
}
func (*counterAddCall) Handler() any { return (*counter).add }

// An adder adds under some protection.
type adder func(ctx context.Context, by int) (int, error)

// contenders make an adder and a function that ends it.
var contenders = []struct {
	name string
	make func() (add adder, stop func())
}{
	{"bridge", func() (adder, func()) { return newBridged(loop.New()) }},
	{"bridge-inline", func() (adder, func()) { return newBridged(loop.New(loop.WithInline())) }},
	{"channel", func() (adder, func()) { h := newHandWritten(); return h.addContext, h.stop }},
	{"channel-nocontext", func() (adder, func()) { h := newHandWritten(); return h.addPlain, h.stop }},
	{"mutex", newLocked},
}

func newBridged(l *loop.Loop) (adder, func()) {
	b := &loopimpl.Bridge{Name: "bench.Add"}
	c := new(counter)
	add := func(ctx context.Context, by int) (int, error) {
		call, err := loopimpl.Call(ctx, l, b, counterAddCall{c: c, by: by})
		return call.r0, err
	}
	return add, func() { _ = l.Close() }
}

func newLocked() (adder, func()) {
	var mu sync.Mutex
	c := new(counter)
	add := func(_ context.Context, by int) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return c.add(by), nil
	}
	return add, func() {}
}

// handWritten is the bridge that people write without a generator: a goroutine, a
// channel of requests, and a channel for each reply.
type handWritten struct {
	c        counter
	requests chan handRequest
}

type handRequest struct {
	by    int
	reply chan int
}

func newHandWritten() *handWritten {
	h := &handWritten{requests: make(chan handRequest, 1024)}
	go func() {
		for r := range h.requests {
			r.reply <- h.c.add(r.by)
		}
	}()
	return h
}

func (h *handWritten) stop() { close(h.requests) }

func (h *handWritten) addContext(ctx context.Context, by int) (int, error) {
	r := handRequest{by, make(chan int, 1)} // buffered, for a caller who has gone
	select {
	case h.requests <- r:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case n := <-r.reply:
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (h *handWritten) addPlain(_ context.Context, by int) (int, error) {
	r := handRequest{by, make(chan int, 1)}
	h.requests <- r
	return <-r.reply, nil
}

func BenchmarkCall(b *testing.B) {
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	contexts := map[string]context.Context{"background": context.Background(), "cancelable": cancelable}
	for _, callers := range []int{1, 64} {
		for _, kind := range []string{"background", "cancelable"} {
			for _, c := range contenders {
				b.Run(fmt.Sprintf("callers=%d/context=%s/%s", callers, kind, c.name), func(b *testing.B) {
					add, stop := c.make()
					defer stop()
					ctx := contexts[kind]
					benchCallers(b, callers, func() error { _, err := add(ctx, 1); return err })
				})
			}
		}
	}
}

// benchCallers divides b.N calls among goroutines.
func benchCallers(b *testing.B, callers int, call func() error) {
	b.Helper()
	b.ReportAllocs()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for n := i; n < b.N; n += callers {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
