package looptest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// patience is how long a loop may take to drain at the end of a test: much longer
// than a handler that is going to end, and shorter than a test's time limit.
const patience = 5 * time.Second

// New returns a running loop that is shut down when the test ends. The test fails if the loop
// has not drained within five seconds then: a handler is still running, or in [loop.Await], or
// waits for something that will not happen any more.
func New(t testing.TB, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(opts...)
	t.Cleanup(func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := l.Shutdown(ctx); err != nil {
			s := l.Stats()
			t.Errorf("%s has leftovers: %d running, of them %d in Await, %d queued were dropped: %v",
				l, s.Running, s.Awaiting, s.Dropped, err)
		}
	})
	return l
}

// Bubble runs test in a bubble of [testing/synctest], with a loop that was made
// inside, as by [New]. More loops may be made with New and the t that it passes.
func Bubble(t *testing.T, test func(t *testing.T, l *loop.Loop), opts ...loop.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, New(t, opts...))
	})
}
