package loop

import (
	"context"
	"time"
)

// Shutdown stops the loop gracefully. From its start, no new task is accepted,
// and submitters waiting for room get [ErrClosed]; what has been accepted runs.
// Shutdown returns nil when the queue is empty and the last handler has ended.
//
// If ctx ends first, Shutdown does what [Loop.Close] does and returns
// [context.Cause] of ctx; [Loop.Done] tells when the last handler has ended.
//
// Called with the context of a handler of this loop, Shutdown does not wait,
// because it would wait for its caller: it starts the shutdown and returns nil.
// Called by a handler that a handler of this loop waits for, it returns a
// [*DeadlockError], and the loop goes on shutting down. It may be called more than
// once.
func (l *Loop) Shutdown(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.stop(false)
	if c, _ := ctx.Value(&contextKey).(*handlerContext); c != nil && c.loop == l && c.inFlight() {
		return nil
	}
	err := l.drain(ctx)
	if err != nil && ctx.Err() != nil {
		l.stop(true)
	}
	return err
}

// drain waits until the last handler has ended, or ctx does. A handler of another
// loop that waits for it notes that in the graph.
func (l *Loop) drain(ctx context.Context) error {
	if closed(l.done) {
		return nil
	}
	edge := waitEdge{kind: WaitDrain, target: l, drain: make(chan error, 1)}
	c, _ := ctx.Value(&contextKey).(*handlerContext)
	b := blockedBy(c)
	b.raise(edge)
	defer func() { b.lift() }()
	look := time.NewTimer(watchPeriod)
	defer look.Stop()
	for {
		select {
		case <-l.done:
			return nil
		case err := <-edge.drain:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
			if !b.whole && b.cut == nil {
				b.cut = enclosing()
				b.raise(edge)
			}
		}
	}
}

// closed reports whether ch has been closed.
func closed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
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
	l.timers.clear()
	l.mu.Lock()
	l.stopping = true
	rejected := take(&l.waiting)
	l.waitingRoom = 0
	var dropped []*task
	if now {
		dropped = l.clear()
	}
	l.noteQueue()
	next := l.claim() // the role may be free for those who may overtake, which ends here
	l.finish()
	l.mu.Unlock()
	next.pass(l)

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
		if t.stage.Load() == stageAwaiting {
			l.queue.remove(t)
			started.push(t)
		}
		t = next
	}
	for l.spawned.pop() != nil {
	}
	dropped := take(&l.queue)
	l.queued = 0
	l.inlined.unwaited = 0
	for t := started.pop(); t != nil; t = started.pop() {
		l.queue.push(t)
		l.inlined.unwaited++
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
