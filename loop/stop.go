package loop

import (
	"context"
	"runtime"
	"time"
	"weak"

	"github.com/asyncgen/asyncgen/loop/internal/goroutine"
)

// Shutdown stops the loop gracefully. From its start, no new task is accepted, and submitters
// waiting for room get [ErrClosed]; accepted tasks run. Shutdown returns nil when the queue is
// empty and the last handler has ended.
//
// If ctx ends first, Shutdown acts as [Loop.Close] and returns [context.Cause] of ctx;
// [Loop.Done] is closed when the last handler has ended.
//
// Called by a handler of this loop, or with the context of one that is running, Shutdown
// does not wait, because it would wait for its caller: it starts the shutdown and returns
// nil. So it does in the goroutine of the loop's host, see [Adapt].
// Called by a handler that a handler of this loop waits for, it returns a
// [*DeadlockError], and the loop goes on shutting down. It may be called more than
// once.
func (l *Loop) Shutdown(ctx context.Context) error {
	if !l.made() {
		return nil
	}
	l.stop(false)
	if c := currentContext(ctx); l.role.heldBy(goroutine.Current()) || l.home.of(goroutine.Current()) != nil || c != nil && c.loop == l && c.inFlight() {
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
	w := beginWait(ctx, edge)
	defer func() { w.end() }()
	look := time.NewTimer(pulsePeriod)
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
			w = w.search(edge, true)
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
	if l.made() {
		l.stop(true)
	}
	return nil
}

// stop ends admission and, if now is true, settles the queue and ends the contexts of running
// handlers.
func (l *Loop) stop(now bool) {
	l.timers.clear()
	l.mu.Lock()
	l.closed.Store(true)
	rejected := takeQueued(&l.waiting)
	l.waitingRoom = 0
	var dropped []*task
	if now {
		dropped = l.clear()
		if l.queue.empty() && l.role.held() && l.executor.revoke() {
			l.role.free()
		}
	}
	l.noteQueue()
	next := l.proceed() // the role may be free for those who may overtake, which ends here
	l.mu.Unlock()

	l.counters.refused.Add(int64(len(rejected)))
	l.counters.dropped.Add(int64(len(dropped)))
	if now {
		l.life.end() // the final function finds its context ended
	}
	defer each(append(rejected, dropped...), func(t *task) { t.refuse(ErrClosed) })
	l.passTo(next)
}

// each calls f with each of the tasks, also if it panics or calls Goexit with one of them.
func each(tasks []*task, f func(*task)) {
	n := 0
	defer func() {
		if n < len(tasks) {
			each(tasks[n:], f)
		}
	}()
	for n < len(tasks) {
		n++
		f(tasks[n-1])
	}
}

// shutdownAfter begins a shutdown when ctx ends. It refers to the loop weakly.
func (l *Loop) shutdownAfter(ctx context.Context) {
	if ctx.Err() != nil {
		l.stop(false)
		return
	}
	ref := weak.Make(l)
	stop := context.AfterFunc(ctx, func() {
		if l := ref.Value(); l != nil {
			l.stop(false)
		}
	})
	runtime.AddCleanup(l, func(stop func() bool) { stop() }, stop)
}

// clear takes all tasks out of the queue, leaves those in it that have started
// and want the role back, and the final one, and returns those whose outcome is now to be
// refused. l.mu is held.
func (l *Loop) clear() []*task {
	var stay list
	for t := l.queue.first; t != nil; {
		next := t.links[linkQueue].next
		if t.stage.Load() == stageAwaiting || t == l.finalTask {
			l.queue.remove(t)
			stay.push(t)
		}
		t = next
	}
	for l.spawned.pop() != nil {
	}
	dropped := takeQueued(&l.queue)
	l.queued = 0
	l.inlined.unwaited = 0
	for t := stay.pop(); t != nil; t = stay.pop() {
		l.queue.push(t)
		l.inlined.unwaited++
		if t == l.finalTask {
			l.queued++
		}
	}
	return dropped
}

// takeQueued empties q and returns the tasks in it that have not been withdrawn. It decides their
// outcome here, inside the mutex: a task that is withdrawn may be in use for another call as
// soon as the mutex is free.
func takeQueued(q *list) []*task {
	var tasks []*task
	for t := q.pop(); t != nil; t = q.pop() {
		if t.state.CompareAndSwap(taskQueued, taskRefused) {
			tasks = append(tasks, t)
		}
	}
	return tasks
}
