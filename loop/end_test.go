package loop_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// The garbage collector takes back the watch of a handler's context from outside
// of the bubble, where closing a channel of the bubble would end the process.
func TestContextIsCollectedOutsideItsBubble(t *testing.T) {
	for range 5 {
		synctest.Test(t, func(t *testing.T) {
			l := loop.New()
			for range 100 {
				go loop.Call(t.Context(), l, func(ctx context.Context) (int, error) {
					return 0, loop.Sleep(ctx, time.Second)
				})
			}
			time.Sleep(2 * time.Second)
			for range 3 {
				runtime.GC()
				for range 1000 {
					runtime.Gosched()
				}
			}
			_ = l.Shutdown(t.Context())
		})
	}
}
