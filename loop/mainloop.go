package loop

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync/atomic"
)

// Main returns a loop whose handlers run on the thread that calls [Loop.Run]: the
// main thread of a program whose GUI or graphics library insists on it. Tasks that
// are submitted before Run is called wait in the queue.
//
// The main function runs on the main thread only if the program locks it there
// before main starts:
//
//	func init() { runtime.LockOSThread() }
//
// Handlers run in coroutines of that thread, see [WithThread]. The executor
// options do not apply. The panic of a spawned handler ends the process, as
// everywhere. A handler that calls [runtime.Goexit] leaves a goroutine behind, which
// waits for ever, because a Goexit of the main goroutine would end the loop.
func Main(opts ...Option) *Loop {
	l := New(append(opts[:len(opts):len(opts)], withHost(&mainHost{wake: make(chan struct{}, 1)}))...)
	return l
}

// ErrNotMain is returned by [Loop.Run] for a loop that does not come from [Main] or
// that is being run already.
var ErrNotMain = errors.New("the loop is not to be run here")

// A mainHost is the host of a loop that its user runs.
type mainHost struct {
	wake    chan struct{}
	running atomic.Bool
}

func (h *mainHost) notify(*Loop)  { h.wake <- struct{}{} }
func (h *mainHost) patience() int { return 0 }

// Run runs the handlers of a loop made by [Main] in the calling goroutine, which is
// locked to its thread meanwhile, until the loop has been shut down or closed;
// then it returns nil. If ctx ends, Run closes the loop, waits for running
// handlers and returns [context.Cause] of ctx.
func (l *Loop) Run(ctx context.Context) error {
	if l == nil {
		return ErrNoLoop
	}
	h, ok := l.host.(*mainHost)
	if !ok || !h.running.CompareAndSwap(false, true) {
		return ErrNotMain
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var s stage
	defer s.clear()
	// A handler may be running on this very thread when ctx ends.
	stop := context.AfterFunc(ctx, func() { l.stop(true) })
	defer stop()
	for {
		select {
		case <-h.wake:
			for s.pump(l, math.MaxInt) {
			}
		case <-l.done:
			if stop() || ctx.Err() == nil {
				return nil
			}
			return context.Cause(ctx)
		}
	}
}
