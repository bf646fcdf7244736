package loop

import "context"

// Shutdown stops the loop gracefully. From its start, no new task is accepted,
// and submitters waiting for room get [ErrClosed]; what has been accepted runs.
// Shutdown returns nil when the queue is empty and the last handler has ended.
//
// If ctx ends first, Shutdown does what [Loop.Close] does and returns
// [context.Cause] of ctx; [Loop.Done] tells when the last handler has ended.
//
// Called with the context of a handler of this loop, Shutdown does not wait,
// because it would wait for its caller: it starts the shutdown and returns nil.
// It may be called more than once.
func (l *Loop) Shutdown(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.stop(false)
	if l.inChain(ctx) {
		return nil
	}
	select {
	case <-l.done:
		return nil
	default:
	}
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		l.stop(true)
		return context.Cause(ctx)
	}
}

// Close stops the loop now. Queued tasks settle with [ErrClosed] and do not run,
// and the contexts of running handlers are canceled with ErrClosed as the cause.
// Close does not wait for them: [Loop.Done] is closed when the last has ended. It
// may be called more than once, also by a handler of the loop, and returns nil.
func (l *Loop) Close() error {
	if l != nil {
		l.stop(true)
	}
	return nil
}

// stop ends admission and, if now is true, settles the queue and tells running
// handlers to end.
func (l *Loop) stop(now bool) {
	l.mu.Lock()
	l.stopping = true
	rejected := take(&l.waiting)
	l.waitingRoom = 0
	var dropped []*task
	if now {
		dropped = l.clear()
	}
	l.finish()
	l.mu.Unlock()

	l.counters.refused.Add(int64(len(rejected)))
	l.counters.dropped.Add(int64(len(dropped)))
	for _, t := range append(rejected, dropped...) {
		t.refuse(ErrClosed)
	}
	if now {
		l.kill(ErrClosed)
	}
}

// clear takes all tasks out of the queue, leaves those in it that have started
// and want the role back, and returns those whose outcome is now to be refused.
// l.mu is held.
func (l *Loop) clear() []*task {
	var started list
	for t := l.queue.first; t != nil; {
		next := t.links[linkQueue].next
		if t.role.Load() == roleAwaiting {
			l.queue.remove(t)
			started.push(t)
		}
		t = next
	}
	for l.spawned.pop() != nil {
	}
	dropped := take(&l.queue)
	l.queued = 0
	for t := started.pop(); t != nil; t = started.pop() {
		l.queue.push(t)
	}
	return dropped
}

// take empties q and returns the tasks in it that nobody has withdrawn. It decides
// their outcome here, inside the mutex: a task that is withdrawn may be in use
// for another call as soon as the mutex is free.
func take(q *list) []*task {
	var tasks []*task
	for t := q.pop(); t != nil; t = q.pop() {
		if t.state.CompareAndSwap(taskQueued, taskRefused) {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// inChain reports whether a handler of l is waiting, directly or through handlers
// of other loops, for the call that ctx belongs to.
func (l *Loop) inChain(ctx context.Context) bool {
	c, _ := ctx.Value(&contextKey).(*handlerContext)
	for ; c != nil; c = c.up {
		if c.loop == l && !c.over.Load() && c.root.role.Load() != roleNone {
			return true
		}
	}
	return false
}
