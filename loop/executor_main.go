package loop

import (
	"context"
	"errors"
	"math"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
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
	h := &mainHost{wake: make(chan struct{}, 1)}
	return New(append(opts[:len(opts):len(opts)], withHost(h, "Main"))...)
}

// ErrNotMain is returned by [Loop.Run] for a loop that does not come from [Main] or
// that is being run already.
var ErrNotMain = errors.New("the loop is not to be run here")

// A mainHost is the executor of a loop that its user runs.
type mainHost struct {
	wake    chan struct{}
	running atomic.Bool
}

func (h *mainHost) next(l *Loop, _ *task) successor {
	l.running.number++ // it is not who had the role before, see Live
	return h
}

func (h *mainHost) takeOver(*Loop) { h.wake <- struct{}{} }
func (h *mainHost) patience() int  { return 0 }
func (h *mainHost) dismiss()       {}
func (h *mainHost) String() string { return "host" }

// revoke takes the role back while Run has not been called.
func (h *mainHost) revoke() bool {
	select {
	case <-h.wake:
		return true
	default:
		return false
	}
}

// Run runs the handlers of a loop made by [Main] in the calling goroutine, which is
// locked to its thread meanwhile, until the loop has been shut down or closed;
// then it returns nil. If ctx ends, Run closes the loop, waits for running
// handlers and returns [context.Cause] of ctx.
//
// A goroutine that was locked to its thread before stays locked, also if it calls
// [runtime.UnlockOSThread] as often as it had locked it.
func (l *Loop) Run(ctx context.Context) error {
	if l == nil {
		return ErrNoLoop
	}
	h, ok := l.executor.(*mainHost)
	if !ok || !h.running.CompareAndSwap(false, true) {
		return ErrNotMain
	}
	if !goroutine.Describe().Locked {
		defer setThreadLocks(0)
	}
	lockThread()
	c := carrier{wait: func() *Loop { return h.wait(l) }, state: threadState{locks: threadLocks}}
	defer c.clear()
	// A handler may be running on this very thread when ctx ends.
	stop := context.AfterFunc(ctx, func() { l.stop(true) })
	defer stop()
	if l := h.wait(l); l != nil {
		c.serve(c.coroutine(l, math.MaxInt))
	}
	if stop() || ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}

// wait returns l when it has work, or nil at its end.
func (h *mainHost) wait(l *Loop) *Loop {
	select {
	case <-h.wake:
		return l
	case <-l.done:
		return nil
	}
}
