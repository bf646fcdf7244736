package loop_test

import (
	"context"
	"os"
	"sync"
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
				runCrowd(t, 50, opts...)
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
			runCrowd(t, 500, opts...)
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

// runCrowd makes calls from each of the crowd and waits until all have returned.
func runCrowd(t *testing.T, calls int, opts ...loop.Option) {
	l := loop.New(opts...)
	defer l.Close()
	sum, ended := 0, make(chan struct{})
	var wg sync.WaitGroup
	for range crowd {
		wg.Go(func() {
			for range calls {
				_, err := loop.Call(context.Background(), l, func(context.Context) (int, error) {
					for i := range 300 {
						sum += i & 1
					}
					return sum, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { wg.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("callers are stuck: %+v", l.Stats())
	}
	if want := crowd * calls * 150; sum != want {
		t.Errorf("got %d, want %d", sum, want)
	}
}
