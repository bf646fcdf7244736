package loop

import "context"

// An executor runs the handlers of a loop. There are five: goroutines of the loop, its
// callers, a thread, the goroutine that calls Run, and another event loop.
type executor interface {
	// next returns who is to run t, the first task of the queue. The role has been taken
	// for it. It returns nil if t was withdrawn at this moment. l.mu is held.
	next(l *Loop, t *task) successor
	// revoke takes the role back from a successor that may never come, and reports
	// whether it did. l.mu is held.
	revoke() bool
	// patience returns how often a caller polls before it sleeps.
	patience() int
	// dismiss ends the goroutines that wait for work. It is called when the loop has
	// ended, or has been collected.
	dismiss()
	// String returns the name that a [Snapshot] has for it.
	String() string
}

// A successor takes the loop role over. takeOver is called without the mutex.
type successor interface{ takeOver(l *Loop) }

// passTo hands the role to next, if there is a next.
func (l *Loop) passTo(next successor) {
	if next != nil {
		next.takeOver(l)
	}
}

// A comeback is a task that goes on after Await.
type comeback task

func (t *comeback) takeOver(*Loop) { t.turn.open() }

// A leader is a task that is run by its own caller.
type leader task

func (t *leader) takeOver(*Loop) { t.wake.open() }

// claim takes the loop role, if nobody has it and there is something to do, and returns
// who is to do it. l.mu is held.
func (l *Loop) claim() successor {
	for t := l.queue.first; t != nil; t = l.queue.first {
		if !l.role.take() {
			return nil
		}
		if next := l.executor.next(l, t); next != nil {
			return next
		}
		l.role.free() // t was withdrawn: try the next
	}
	return nil
}

// proceed is claim, and ends the loop if it was the last thing to do. l.mu is held.
func (l *Loop) proceed() successor {
	if next := l.claim(); next != nil {
		return next
	}
	return l.finish()
}

// resume takes t, which comes back from Await, out of the queue and gives it the role.
// l.mu is held.
func (l *Loop) resume(t *task) {
	l.queue.remove(t)
	l.noteUnwaited(t, -1)
	l.role.pass()
	l.current = t
	l.begins(t)
}

// start takes t out of the queue and reports whether it is to run: its caller may
// have withdrawn it at this moment. The swap stands inside the mutex because a
// caller who withdraws takes the mutex next, and must find then that nobody
// refers to the task any more. l.mu is held.
func (l *Loop) start(t *task) bool {
	l.unlink(t)
	if !t.state.CompareAndSwap(taskQueued, taskRunning) {
		return false
	}
	l.current = t
	l.started++
	t.noteStart()
	l.begins(t)
	t.stage.Store(stageRunning)
	l.counters.running.Add(1)
	return true
}

// finished reports whether the loop has stopped and nothing is left to do. l.mu
// is held.
func (l *Loop) finished() bool {
	return l.closed.Load() && l.counters.running.Load() == 0 && l.queue.empty()
}

// finish ends the loop if nothing is left to do, or returns who runs its final function.
// l.mu is held.
func (l *Loop) finish() successor {
	if l.ended || l.role.held() || !l.finished() {
		return nil
	}
	if f := l.final; f != nil {
		l.final = nil
		l.finalTask = l.newTask(context.Background(), &closure[struct{}]{spawned: f}, kindSpawn, true)
		l.admit(l.finalTask)
		return l.claim()
	}
	l.life.end()
	l.executor.dismiss()
	l.ended = true
	close(l.done)
	return nil
}

// handOver passes the role of the calling goroutine to the next in the queue.
func (l *Loop) handOver() {
	l.mu.Lock()
	l.clearCurrent()
	l.role.free()
	next := l.proceed()
	l.mu.Unlock()
	l.passTo(next)
}
