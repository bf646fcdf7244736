package loop

import (
	"runtime"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// A threadState binds a goroutine to its thread. Go's runtime ends the process if a coroutine
// switches in another state than the one that it was made in.
type threadState struct {
	locks     int // how deep the goroutine is locked to its thread, see setThreadLocks
	callbacks int // how many callbacks from C stand on its stack
}

// fits reports whether co can go on where its carrier has state f.
func (co *coroutine) fits(f threadState) bool {
	return co.state == f || co.state == threadState{} // see resumeUnlocked
}

// canAwait reports whether the handler that co runs can be left in the middle. It cannot if C
// has called it back, or has called back the function that serves the queue from a loop inside
// of the host's loop, as dialogs have: there may be no such loop when the handler is to go on.
func (co *coroutine) canAwait() bool {
	return goroutine.Callbacks() == 0 && co.state.callbacks <= co.carrier.depth
}

// resumeUnlocked lets the handler of co go on, which has awaited, up to its end or the next Await. The
// calling goroutine has been locked to its thread since co was made, so another runs co, while
// this one waits.
func (co *coroutine) resumeUnlocked() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		free := new(carrier)
		co.limit = 0
		free.serve(co)
		free.clear()
	}()
	<-done
}

// threadLocks is how deep the goroutine of a carrier is locked to its thread. It is more than
// one so that handlers which unlock too often do no harm. On WebAssembly, which has one
// thread, the runtime counts the locks of all goroutines together, so none is taken.
var threadLocks = func() int {
	if runtime.GOARCH == "wasm" {
		return 0
	}
	return 2 * resetEvery
}()

const (
	// resetEvery is after how many handlers the locks are set again if nobody switches.
	resetEvery = 64
	// maxThreadLocks is more than resetEvery handlers, or one that awaits, are expected to
	// leave behind.
	maxThreadLocks = 16 * resetEvery
)

// resetLocks keeps the locks that handlers leave behind from adding up: any number of
// handlers may run between two switches.
func (co *coroutine) resetLocks() {
	if co.ran++; co.ran%resetEvery == 0 {
		setThreadLocks(co.state.locks)
	}
}

// lockThread locks the calling goroutine to its thread as deep as carriers are.
func lockThread() {
	if threadLocks > 0 {
		runtime.LockOSThread()
	}
	setThreadLocks(threadLocks)
}

// setThreadLocks makes n the number of calls of UnlockOSThread that would unlock the
// calling goroutine from its thread.
//
// Go's runtime ends the process if a coroutine switches while that number differs from the
// time when the coroutine was made, and handlers may lock their thread: the first call of many
// a C library does. The number cannot be read, but it can be set. In between, the goroutine is
// not locked. It cannot be moved to another thread then: no function with the directive
// nosplit is ever preempted, and neither are the two that it calls. The first lock that a
// program takes starts a thread of the runtime, so lockThread takes one before. On WebAssembly
// the locks are those of all goroutines, and no coroutine depends on them (see pull).
//
//go:nosplit
//go:norace
func setThreadLocks(n int) {
	if runtime.GOARCH == "wasm" {
		return
	}
	for range maxThreadLocks {
		runtime.UnlockOSThread()
	}
	for range n {
		runtime.LockOSThread()
	}
}
