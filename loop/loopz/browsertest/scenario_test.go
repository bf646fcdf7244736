package browsertest_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
)

// A work is a handler of the scenario: what it does.
type work func(ctx context.Context) (int, error)

// A workCall is a call of it, as generated code declares them.
type workCall struct {
	do     work
	result int
}

func (c *workCall) Run(ctx context.Context) (err error) {
	c.result, err = c.do(ctx)
	return err
}
func (*workCall) Handler() any { return (*workCall).Run }

// A bridged is a handler under a name of its own.
type bridged struct{ loopimpl.Bridge }

func handler(name string) *bridged { return &bridged{loopimpl.Bridge{Name: name}} }

func (h *bridged) Call(ctx context.Context, l *loop.Loop, do work) (int, error) {
	c, err := loopimpl.Call(ctx, l, &h.Bridge, workCall{do: do})
	return c.result, err
}

// A stage is the loops of a test. All that waits on it ends with the test.
type stage struct {
	t    *testing.T
	end  chan struct{}
	busy sync.WaitGroup
}

func newStage(t *testing.T) *stage {
	// The page shows stopped loops until they have been collected.
	require.Eventually(t, func() bool {
		runtime.GC()
		for range loop.Loops() {
			return false
		}
		return true
	}, 5*time.Second, 10*time.Millisecond, "the loops of the test before")
	s := &stage{t: t, end: make(chan struct{})}
	t.Cleanup(func() { close(s.end); s.busy.Wait() })
	return s
}

// loop makes a loop that the test shuts down after everything has ended.
func (s *stage) loop(name string, opts ...loop.Option) *loop.Loop {
	l := loop.New(append(opts, loop.WithName(name))...)
	s.t.Cleanup(func() { _ = l.Close() })
	return l
}

// call makes a call that nobody waits for before the end.
func (s *stage) call(l *loop.Loop, name string, w work) {
	s.busy.Go(func() { _, _ = handler(name).Call(context.Background(), l, w) })
}

// wait is work that lasts until the end.
func (s *stage) wait(context.Context) (int, error) { <-s.end; return 0, nil }

// settle waits until a condition holds that a call by another goroutine brings about.
func (s *stage) settle(what string, holds func() bool) {
	require.Eventually(s.t, holds, 5*time.Second, time.Millisecond, what)
}

// hold lets the loop run a handler until the end.
func (s *stage) hold(l *loop.Loop, name string) {
	s.call(l, name, s.wait)
	s.settle(name, func() bool { return l.Snapshot(0).Running != nil })
}

// fill queues calls behind whatever the loop is running.
func (s *stage) fill(l *loop.Loop, n int, names ...string) {
	for i := range n {
		before := l.Stats()
		s.call(l, names[i%len(names)], s.wait)
		s.settle("queued", func() bool { now := l.Stats(); return now.Queued+now.Waiting > before.Queued+before.Waiting })
	}
}

// through calls the second loop from a handler of the first, so that it waits.
func (s *stage) through(from *loop.Loop, name string, to *loop.Loop, target string) {
	waits := len(loop.Waits())
	s.call(from, name, func(ctx context.Context) (int, error) { return handler(target).Call(ctx, to, s.wait) })
	s.settle("waits", func() bool { return len(loop.Waits()) > waits })
}

// deadlock lets two handlers call each other's loops.
func (s *stage) deadlock(a, b *loop.Loop) {
	var met sync.WaitGroup
	met.Add(2)
	meet := func(other *loop.Loop, target string) work {
		return func(ctx context.Context) (int, error) {
			met.Done()
			met.Wait()
			return handler(target).Call(ctx, other, func(context.Context) (int, error) { return 0, nil })
		}
	}
	found := len(loop.Deadlocks())
	s.call(a, "shop.Orders.Cancel", meet(b, "shop.Stock.Release"))
	s.call(b, "shop.Stock.Recount", meet(a, "shop.Orders.Open"))
	s.settle("a deadlock", func() bool { return len(loop.Deadlocks()) > found })
}

// traffic makes calls that take a while, on the loop's own time, so that the histograms
// have something to show.
func (s *stage) traffic(l *loop.Loop, name string, calls int, base time.Duration) {
	for i := range calls {
		d := base
		for j := i; j&1 == 1; j >>= 1 {
			d *= 2
		}
		_, err := handler(name).Call(s.t.Context(), l, func(context.Context) (int, error) {
			for until := time.Now().Add(d); time.Now().Before(until); {
			}
			return 0, nil
		})
		require.NoError(s.t, err)
	}
}
