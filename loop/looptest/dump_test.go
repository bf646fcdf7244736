package looptest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/looptest"
)

// A failing is a test that has failed, or not, and what it logged.
type failing struct {
	recorder
	failed bool
	logged string
}

func (f *failing) Failed() bool    { return f.failed }
func (f *failing) Log(args ...any) { f.logged += fmt.Sprint(args...) }

// crowded is a loop that is busy, with calls behind it, one of which comes from another
// loop's handler.
func crowded(t *testing.T, f *failing) (end func()) {
	busy, other := loop.New(loop.WithName("busy"), loop.WithQueueSize(12)), loop.New(loop.WithName("other"))
	stop := make(chan struct{})
	hold := func(context.Context) (int, error) { <-stop; return 0, nil }
	_ = loop.Async(t.Context(), busy, hold)
	synctest.Wait()
	_ = loop.Async(t.Context(), other, func(ctx context.Context) (int, error) { return loop.Call(ctx, busy, hold) })
	synctest.Wait()
	for range 11 {
		_ = loop.Async(t.Context(), busy, hold)
	}
	time.Sleep(time.Minute)
	looptest.Dump(f)
	return func() {
		f.cleanups[0]()
		close(stop)
		synctest.Wait()
		_, _ = busy.Close(), other.Close()
		<-busy.Done()
		<-other.Done()
	}
}

func TestDump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{recorder: recorder{TB: t}, failed: true}
		crowded(t, f)()
		for _, want := range []string{
			`"busy" (`, "running looptest_test.crowded.func1 (async) for 1m0s; 12 queued",
			"queued: looptest_test.crowded.func1 (call) for 1m0s, called by loop ",
			"    and 2 more queued\n",
			`on "other" waits for the result of "busy" at`, "looptest_test.crowded.func2\n",
		} {
			if !strings.Contains(f.logged, want) {
				t.Errorf("%q is not in\n%s", want, f.logged)
			}
		}
	})
}

func TestDumpIsSilentWhenTheTestPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{recorder: recorder{TB: t}}
		crowded(t, f)()
		if f.logged != "" {
			t.Errorf("logged %q", f.logged)
		}
	})
}
