package loop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// NewMain returns a loop and the function that runs its handlers on the thread that calls it:
// the main thread of a program whose GUI or graphics library insists on it. Tasks that are
// submitted before run is called wait in the queue.
//
// The main function runs on the main thread only if the program locks it there before main
// starts:
//
//	func init() { runtime.LockOSThread() }
//
// On macOS and iOS, run returns an error if the calling goroutine is not locked.
//
// The calling goroutine of run is locked to its thread until run returns; one that was locked
// before stays locked, also if a handler calls [runtime.UnlockOSThread] as often as the thread
// had been locked. run returns nil when the loop has been shut down or closed. If ctx ends, run
// closes the loop, waits for running handlers and returns [context.Cause] of ctx. Only one call
// of run runs handlers: another returns an error at once, also after the first has returned.
//
// Handlers run in coroutines of that thread, see [WithThread]. [WithInline] and WithThread panic
// here. The panic of a spawned handler ends the process, as everywhere. A handler that calls
// [runtime.Goexit] leaves a goroutine behind, which waits for ever, because a Goexit of the main
// goroutine would end the loop.
func NewMain(opts ...Option) (l *Loop, run func(ctx context.Context) error) {
	h := new(mainHost)
	h.poller.init()
	l = New(append(opts[:len(opts):len(opts)], withHost(h, "NewMain"))...)
	return l, func(ctx context.Context) error { return h.run(ctx, l) }
}

// A mainHost is the executor of a loop that its user runs.
type mainHost struct {
	poller
	running atomic.Bool
}

func (h *mainHost) next(l *Loop, _ *task) successor {
	l.running.number++ // it is not who had the role before, see Live
	return h
}

func (h *mainHost) takeOver(l *Loop) { h.wake <- l }
func (h *mainHost) dismiss()         {}
func (h *mainHost) String() string   { return "host" }

// revoke takes the role back while run has not been called.
func (h *mainHost) revoke() bool {
	select {
	case <-h.wake:
		return true
	default:
		return false
	}
}

// needsMainThread reports whether the windows of a system accept calls of the main thread alone.
func needsMainThread(goos string) bool { return goos == "darwin" || goos == "ios" }

// run runs the handlers of l in the calling goroutine, see NewMain.
func (h *mainHost) run(ctx context.Context, l *Loop) error {
	if ctx == nil {
		panic("loop: nil context")
	}
	if !h.running.CompareAndSwap(false, true) {
		return fmt.Errorf("%s has been run by another call", l)
	}
	if !goroutine.Describe().Locked {
		if needsMainThread(runtime.GOOS) {
			h.running.Store(false)
			return errors.New("the windows of this system belong to the main thread: add func init() { runtime.LockOSThread() } to package main, and run " + l.String() + " in the main function")
		}
		defer setThreadLocks(0)
	}
	lockThread()
	c := carrier{wait: func() *Loop { return h.wait(l.done) }, state: threadState{locks: threadLocks}}
	defer c.clear()
	// A handler may be running on this very thread when ctx ends.
	stop := context.AfterFunc(ctx, func() { l.stop(true) })
	defer stop()
	if l := h.wait(l.done); l != nil {
		c.serve(c.coroutine(l, math.MaxInt))
	}
	if stop() || ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
