package loop

import "time"

// submit puts t into the queue, or into the line of those waiting for room. It
// reports an error if the loop took it into neither.
func (l *Loop) submit(t *task) error {
	var shed *task
	if l.inline {
		t.since = time.Now()
	}
	l.mu.Lock()
	switch {
	case t.state.Load() != taskQueued:
		l.mu.Unlock() // its context has ended, and whoever watches that has counted it
		return nil
	case l.closed.Load():
		l.mu.Unlock()
		l.counters.refused.Add(1)
		return ErrClosed
	case l.queued < l.capacity && l.waiting.empty():
		l.sample(t)
		l.admit(t)
		t.alone = l.queued == 1
	case l.capacity == 0:
		l.mu.Unlock()
		return l.unavailable()
	case l.overflow == OverflowWait:
		if t.wake.ch == nil {
			t.wake = newGate() // it is going to be waited for after all
		}
		l.sample(t)
		l.waiting.push(t)
		l.waitingRoom++
	case l.overflow == OverflowShed && l.shed(&shed):
		l.sample(t)
		l.admit(t)
	default:
		l.mu.Unlock()
		l.counters.refused.Add(1)
		return ErrFull
	}
	var next successor
	if !l.inline || !l.overtake(t) {
		next = l.claim()
	}
	l.mu.Unlock()
	l.passTo(next)
	if shed != nil {
		l.counters.dropped.Add(1)
		shed.refuse(ErrFull)
	}
	return nil
}

// unavailable returns why no task is taken although the loop is not closed.
func (l *Loop) unavailable() error {
	if l.executor == nil {
		return ErrNoLoop // the zero Loop
	}
	l.counters.refused.Add(1)
	return ErrNoHost
}

// shed takes the oldest spawned task out of the queue, stores it in *victim for the caller to
// refuse, and reports whether there was one. l.mu is held.
func (l *Loop) shed(victim **task) bool {
	for t := l.spawned.first; t != nil; t = l.spawned.first {
		l.unlink(t)
		if t.state.CompareAndSwap(taskQueued, taskRefused) {
			*victim = t
			return true
		}
	}
	return false
}

// admit appends t to the queue. l.mu is held.
func (l *Loop) admit(t *task) {
	l.queue.push(t)
	if t.kind == kindSpawn && l.overflow == OverflowShed {
		l.spawned.push(t)
	}
	l.noteUnwaited(t, +1)
	l.queued++
	l.accepted++
	t.accepted = true
	l.maxQueue = max(l.maxQueue, l.queued)
	if t.kind == kindAsync || t.kind == kindSpawn {
		t.wake.open() // its submitter waits for the place, not for the result
	}
}

// unlink takes t out of its list, and admits waiting tasks if that makes room. l.mu is held.
func (l *Loop) unlink(t *task) {
	if l.waiting.remove(t) {
		l.waitingRoom--
		return
	}
	l.spawned.remove(t)
	if l.queue.remove(t) {
		l.noteUnwaited(t, -1)
		l.queued--
		l.moveUp()
	}
}

// moveUp admits waiting tasks as far as there is room. l.mu is held.
func (l *Loop) moveUp() {
	for l.queued < l.capacity && !l.waiting.empty() {
		t := l.waiting.pop()
		l.waitingRoom--
		l.admit(t)
	}
}
