package looptest

import (
	"context"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// patience is how long a loop may take to drain at the end of a test: much longer
// than a handler that is going to end, and shorter than a test's time limit.
const patience = 5 * time.Second

// New returns a running loop that is shut down when the test ends. The test fails if the loop
// has not drained within five seconds then: a handler is still running, or in [loop.Await], or
// waits for something that will not happen any more. If the test has failed, New logs the state
// of the loop as [Dump] does, before the loop is shut down or when that has failed.
func New(t testing.TB, opts ...loop.Option) *loop.Loop {
	t.Helper()
	l := loop.New(opts...)
	t.Cleanup(func() {
		t.Helper()
		failed := t.Failed()
		if failed {
			t.Log(dump(l))
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := l.Shutdown(ctx)
		if err == nil {
			return
		}
		s := l.Stats()
		t.Errorf("%s has leftovers: %d running, of them %d in Await, %d queued were dropped: %v",
			l, s.Running, s.Awaiting, s.Dropped, err)
		if !failed {
			t.Log(dump(l))
		}
	})
	return l
}
