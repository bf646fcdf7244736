package loop

import "iter"

// pull returns a coroutine that runs seq on a goroutine of its own.
//
// It stands for [iter.Pull], which cannot be used on WebAssembly. There, Go's runtime counts
// the thread locks of all goroutines together, and a coroutine that is made while a goroutine
// somewhere in the program holds one ends the process when it switches at another count.
// Nothing depends on the thread, because there is only one.
//
// A call of [runtime.Goexit] in seq ends the coroutine and not its caller, unlike iter.Pull's.
func pull(seq iter.Seq[struct{}]) (next func() (struct{}, bool), stop func()) {
	var (
		resumed = make(chan bool)     // whether to go on; never closed
		paused  = make(chan struct{}) // closed at the end
		started bool
		ended   bool
		stopped bool
	)
	yield := func(struct{}) bool {
		if stopped {
			return false
		}
		paused <- struct{}{}
		return <-resumed
	}
	next = func() (struct{}, bool) {
		switch {
		case ended:
			return struct{}{}, false
		case !started:
			started = true
			go func() {
				defer close(paused)
				seq(yield)
			}()
		default:
			resumed <- true
		}
		_, ok := <-paused
		ended = !ok
		return struct{}{}, ok
	}
	stop = func() {
		if ended {
			return
		}
		ended, stopped = true, true
		if started {
			resumed <- false
			<-paused
		}
	}
	return next, stop
}
