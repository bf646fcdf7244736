package loop

import "slices"

// A host is somebody who runs the queue of a loop on a goroutine or a thread of
// its own choice: a locked thread, the goroutine that called Run, another event
// loop.
type host interface {
	// notify tells the host that it has been given the loop role. It must not
	// block for long and must lead to a call of pump.
	notify(l *Loop)
	// patience says how often a caller polls before it sleeps.
	patience() int
}

// A stage is what a host needs to run handlers: coroutines. It belongs to the
// host's goroutine and does not refer to the loop.
type stage struct {
	idle   []*coroutine
	buried []*coroutine
}

// maxIdleCoroutines is the number of coroutines kept between bursts of Await.
const maxIdleCoroutines = 16

// pump runs up to limit tasks of l on the calling goroutine, which holds the role.
// It reports whether it still holds it because there is more to do; if not, the
// role is free.
func (s *stage) pump(l *Loop, limit int) (more bool) {
	for range limit {
		l.mu.Lock()
		l.ends()
		t := l.queue.first
		if t == nil {
			l.role.free()
			l.finish()
			l.mu.Unlock()
			return false
		}
		if t.stage.Load() == stageAwaiting {
			l.resume(t)
			l.mu.Unlock()
			s.switchTo(t.co)
			continue
		}
		run := l.start(t)
		l.mu.Unlock()
		if run {
			s.run(t)
		}
	}
	return true
}

// run starts the handler of t in a coroutine.
func (s *stage) run(t *task) {
	var co *coroutine
	if n := len(s.idle); n > 0 {
		co, s.idle = s.idle[n-1], s.idle[:n-1]
	} else {
		co = newCoroutine()
	}
	co.task, t.co = t, co
	s.switchTo(co)
}

// switchTo lets co run until its handler ends or awaits.
func (s *stage) switchTo(co *coroutine) {
	co.next()
	switch {
	case co.buried:
		s.buried = append(s.buried, co)
	case co.task != nil: // in Await
	case len(s.idle) < maxIdleCoroutines:
		s.idle = append(s.idle, co)
	default:
		co.stop()
	}
}

// clear ends the idle coroutines.
func (s *stage) clear() {
	for _, co := range s.idle {
		co.stop()
	}
	s.idle = nil
}

// exhume lets the buried coroutines end. Each ends the calling goroutine too, so
// the rest is left to deferred calls, and it does not return if there are any.
func (s *stage) exhume() {
	for _, co := range slices.Backward(s.buried) {
		defer co.stop()
	}
}
