package loop_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// crowd is how many callers there are at the same time: far more than processors, so
// that they overtake each other, wait, and get hungry.
const crowd = 64

// TestCrowdEnds lets a crowd call a loop whose handlers are about as long as its
// callers look for the role, which is where they meet in all orders. Nobody comes
// after them who could wake one that was forgotten: everybody must get through.
func TestCrowdEnds(t *testing.T) {
	t.Parallel()
	for name, opts := range executorOptions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 20 {
				runCrowd(t, 1, 300, opts...)
				runCrowd(t, sorts, 50, opts...)
			}
		})
	}
}

// TestCrowdStress is TestCrowdEnds for as long as LOOP_STRESS says.
func TestCrowdStress(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("LOOP_STRESS"))
	if err != nil {
		t.Skip("LOOP_STRESS is no duration; make stress sets it")
	}
	for start := time.Now(); time.Since(start) < d; {
		for _, opts := range executorOptions() {
			runCrowd(t, 1, 500, opts...)
			runCrowd(t, sorts, 500, opts...)
		}
	}
}

func executorOptions() map[string][]loop.Option {
	return map[string][]loop.Option{
		"default":    nil,
		"WithInline": {loop.WithInline()},
		"WithThread": {loop.WithThread()},
	}
}

// runCrowd makes calls of the first n sorts from each of the crowd and waits until all
// have returned. The handlers count in plain variables: they are alone.
func runCrowd(t *testing.T, n, calls int, opts ...loop.Option) {
	l := loop.New(opts...)
	defer l.Close()
	c := &counting{t: t, l: l}
	ended := make(chan struct{})
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() { c.call(i%n, calls) })
	}
	go func() { wg.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("callers are stuck: %+v", l.Stats())
	}
	if err := l.Shutdown(context.Background()); err != nil || int64(c.runs) != c.told.Load() {
		t.Errorf("%d handlers ran, callers were told of %d; %v", c.runs, c.told.Load(), err)
	}
}

// A counting is a loop with the number of handlers that ran, and the number that
// callers were told of.
type counting struct {
	t    *testing.T
	l    *loop.Loop
	runs int
	told atomic.Int64
}

// handle works for about as long as a caller looks for the role.
func (c *counting) handle(context.Context) (int, error) {
	sum := 0
	for i := range 300 {
		sum += i & 1
	}
	c.runs++
	return sum, nil
}

// How a caller of the crowd calls.
const (
	plain    = iota
	awaiting // other handlers run in the middle
	leaving  // the context ends at about the time of the start
	spawning // and then a call, which must find the spawned task done
	sorts
)

func (c *counting) call(how, calls int) {
	for range calls {
		ctx, cancel := context.WithCancel(context.Background())
		var err error
		switch how {
		case plain:
			_, err = loop.Call(ctx, c.l, c.handle)
		case awaiting:
			_, err = loop.Call(ctx, c.l, func(ctx context.Context) (int, error) {
				_ = loop.Sleep(ctx, 0)
				return c.handle(ctx)
			})
		case leaving:
			go cancel()
			_, err = loop.Call(ctx, c.l, c.handle)
		case spawning:
			done := false
			err = c.l.Spawn(ctx, func(ctx context.Context) error { _, _ = c.handle(ctx); done = true; return nil })
			_, _ = loop.Call(ctx, c.l, func(context.Context) (int, error) {
				if !done {
					c.t.Error("a call has overtaken what its caller had spawned")
				}
				return 0, nil
			})
		}
		cancel()
		if err == nil {
			c.told.Add(1)
		} else if how != leaving || !errors.Is(err, loop.ErrCanceled) {
			c.t.Error(err)
		}
	}
}
